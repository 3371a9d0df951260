import { parseArgs } from 'node:util';
import type { CallToolResult, Client } from '@modelcontextprotocol/client';
import { isJsonObject } from '../../request/json-object.js';
import { type Command, UsageError } from '../command.js';
import { endpointURL, readSeconds } from '../read-arguments.js';
import type { Terminal } from '../terminal.js';
import { findToken } from './credential.js';
import { CONNECTION_OPTIONS, CONNECTION_USAGE, readEra } from './connection-options.js';
import { printable, printableJson } from './printable.js';
import { withServer } from './server-connection.js';

/** `nestjs-clerk-mcp call`: calls a tool. */
export const callCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp call <url> <tool> [arguments] [options]

Calls a tool of a server and prints its result. The arguments are a JSON object. Progress and log
messages go to the standard error. Exits with 1 if the tool fails. Questions of the tool to the user
are not answered.

  --timeout <seconds>   longest time without an answer or progress. Default: 60
${CONNECTION_USAGE}`,

  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...CONNECTION_OPTIONS, timeout: { type: 'string' } },
    });
    const [address, name, input = '{}', surplus] = positionals;
    if (address === undefined || name === undefined || surplus !== undefined) {
      throw new UsageError(
        `Pass a URL, a tool, and its arguments: <url> <tool> '{"name":"value"}'.`,
      );
    }
    const url = endpointURL(address);
    const call: ToolCall = {
      name,
      input: readInput(input),
      timeoutMs: readSeconds(values.timeout ?? '60', '--timeout', 3_600),
    };
    const era = readEra(values.era);
    const token = await findToken(url, values, terminal);
    const result = await withServer({ url, token, era }, terminal, (client) =>
      callTool(client, call, terminal),
    );
    terminal.print(values.json ? printableJson(result) : resultText(result));
    return result.isError === true ? 1 : 0;
  },
};

interface ToolCall {
  readonly name: string;
  readonly input: Record<string, unknown>;
  readonly timeoutMs: number;
}

function readInput(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // As for a value of another type.
  }
  throw new UsageError('The arguments are not a JSON object.');
}

function callTool(
  client: Client,
  { name, input, timeoutMs }: ToolCall,
  terminal: Terminal,
): Promise<CallToolResult> {
  return client.callTool(
    { name, arguments: input },
    {
      signal: terminal.stopped,
      timeout: timeoutMs,
      resetTimeoutOnProgress: true,
      onprogress: ({ progress, total, message }) => {
        const of = total === undefined ? '' : ` of ${total}`;
        const text = message === undefined ? '' : `: ${message}`;
        terminal.printError(printable(`progress ${progress}${of}${text}`));
      },
    },
  );
}

/** The content for people; the structured content where there is no other. */
function resultText({ content, structuredContent }: CallToolResult): string {
  const blocks = content.map(blockText);
  if (blocks.length > 0) return blocks.join('\n');
  return structuredContent === undefined ? '' : printableJson(structuredContent);
}

function blockText(block: CallToolResult['content'][number]): string {
  switch (block.type) {
    case 'text':
      return printable(block.text);
    case 'image':
    case 'audio':
      return `[${block.type}, ${printable(block.mimeType)}, ${sizeOf(block.data)} bytes]`;
    case 'resource_link':
      return `[link to ${printable(block.uri)}]`;
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) return printable(resource.text);
      return `[${printable(resource.uri)}, ${sizeOf(resource.blob)} bytes]`;
    }
  }
}

/** Bytes of a text in Base64. */
function sizeOf(data: string): number {
  return Buffer.byteLength(data, 'base64');
}
