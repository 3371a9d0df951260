import type { CallToolResult } from '@modelcontextprotocol/server';
import { type MaybePromise } from '../../request/value-or-promise.js';
import type { McpSchema } from '../authoring/schema.js';
import type { ToolOutcome } from '../invocation/tool-result.js';
import type { MemoryResponse } from './memory-exchange.js';
import { RouteFailedError } from './routes.errors.js';

/** The tool whose route answered. */
interface AnsweredTool {
  /** Class and method of the handler. */
  readonly source: string;
  readonly output: McpSchema | undefined;
  readonly maxBytes: number;
  /** URL of the request, which names a file in the result. */
  readonly url: string;
  /** Converts the value of a response. */
  readonly toResult: (
    source: string,
    output: McpSchema | undefined,
    value: unknown,
  ) => MaybePromise<ToolOutcome>;
}

/**
 * Converts the response of a route to the result of its tool.
 *
 * @throws {RouteFailedError} for a status of 400 or more, and for a response that is too long
 * @throws {InvalidToolOutputError} the response does not match the schema that the tool declares
 */
export function toRouteResult(
  { status, header, body }: MemoryResponse,
  tool: AnsweredTool,
): MaybePromise<ToolOutcome> {
  const { source, output, toResult } = tool;
  const type = header('content-type') ?? '';
  if (status >= 400) {
    const retryAfter = Number.parseInt(header('retry-after') ?? '', 10);
    throw new RouteFailedError(
      body ? describeFailure(body, type, status) : `HTTP ${status}`,
      status,
      Number.isFinite(retryAfter) ? retryAfter : undefined,
    );
  }
  if (status >= 300) return toRedirection(status, header('location'), tool);
  if (!body) {
    throw new RouteFailedError(
      `The response is longer than ${tool.maxBytes} bytes. Ask for a smaller part of it.`,
      413,
    );
  }
  if (body.byteLength === 0) {
    return output ? toResult(source, output, undefined) : { content: [] };
  }
  if (isJson(type)) return toResult(source, output, JSON.parse(body.toString()));
  if (isText(type)) return toResult(source, output, decode(body, type));
  if (output) {
    throw new TypeError(
      `${source} answered with ${type || 'bytes'}, and its tool has an output schema. Remove output.`,
    );
  }
  return { content: [toFile(body, type, tool.url)] };
}

function toRedirection(
  status: number,
  location: string | undefined,
  { output }: AnsweredTool,
): CallToolResult {
  const target = location === undefined ? 'another place' : cut(location);
  const text = `The route answered with a redirection (HTTP ${status}) to ${target}`;
  // A result without the value that the tool declares is a failure.
  return { content: [{ type: 'text', text }], ...(output && { isError: true }) };
}

function toFile(body: Buffer, type: string, uri: string): CallToolResult['content'][number] {
  const mimeType = essenceOf(type) || 'application/octet-stream';
  const data = body.toString('base64');
  if (mimeType.startsWith('image/')) return { type: 'image', data, mimeType };
  if (mimeType.startsWith('audio/')) return { type: 'audio', data, mimeType };
  return { type: 'resource', resource: { uri, mimeType, blob: data } };
}

/** The message of a refusal, for the model: of Nest, of RFC 9457, of OAuth, or plain text. */
function describeFailure(body: Buffer, type: string, status: number): string {
  if (isJson(type)) return describeJson(body) ?? `HTTP ${status}`;
  const text = essenceOf(type) === 'text/plain' ? decode(body, type).trim() : '';
  return text === '' ? `HTTP ${status}` : cut(text);
}

function describeJson(body: Buffer): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  if (typeof json === 'string') return cut(json);
  if (typeof json !== 'object' || json === null) return undefined;
  const message = MESSAGE_MEMBERS.map((member) => textOf(Reflect.get(json, member))).find(Boolean);
  // Of the validation of fields, in an extension of RFC 9457.
  const details = textOf(Reflect.get(json, 'errors'));
  const text = [message, details].filter(Boolean).join(': ');
  return text === '' ? undefined : cut(text);
}

/** Text, or the texts of a list; `undefined` for anything else. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((one) => typeof one === 'string');
  return texts.slice(0, MAX_MESSAGES).join('; ');
}

const MESSAGE_MEMBERS = ['message', 'detail', 'error_description', 'title', 'error'] as const;
const MAX_MESSAGES = 20;

/** Characters of a message of a route that a model gets. */
const MAX_MESSAGE = 2_000;

function cut(text: string): string {
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
}

/** A media type without its parameters. */
function essenceOf(type: string): string {
  return type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function isJson(type: string): boolean {
  return /^application\/(json|[^/]+\+json)$/.test(essenceOf(type));
}

function isText(type: string): boolean {
  return /^(text\/.*|.*\+xml|application\/(xml|javascript|x-ndjson|yaml|x-www-form-urlencoded))$/.test(
    essenceOf(type),
  );
}

function decode(body: Buffer, type: string): string {
  const [, charset = 'utf-8'] = /;\s*charset="?([^\s;"]+)/i.exec(type) ?? [];
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return body.toString();
  }
}
