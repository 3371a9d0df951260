import { parseArgs } from 'node:util';
import type { Client } from '@modelcontextprotocol/client';
import type { Command } from '../command.js';
import { onlyEndpointURL } from '../read-arguments.js';
import { CONNECTION_OPTIONS, CONNECTION_USAGE, readEra } from './connection-options.js';
import { findToken } from './credential.js';
import { printable, printableJson } from './printable.js';
import { withServer } from './server-connection.js';

/** `nestjs-clerk-mcp list`: lists what a server shows a caller. */
export const listCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp list <url> [options]

Lists the tools, resources and prompts that a server shows to a caller. Without a path, the endpoint
is /mcp below the URL. Without a credential, the caller is anonymous.

${CONNECTION_USAGE}`,

  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: CONNECTION_OPTIONS,
    });
    const url = onlyEndpointURL(positionals);
    const era = readEra(values.era);
    const token = await findToken(url, values, terminal);
    const lists = await withServer({ url, token, era }, terminal, readLists);
    terminal.print(values.json ? printableJson(lists) : listReport(lists));
    return 0;
  },
};

/** An entry of a list; what it is called depends on the list. */
interface ListedEntry {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly uri?: string;
  readonly uriTemplate?: string;
}

type Lists = Readonly<Record<(typeof HEADINGS)[number][0], readonly ListedEntry[]>>;

const HEADINGS = [
  ['tools', 'Tools'],
  ['resources', 'Resources'],
  ['resourceTemplates', 'Resource templates'],
  ['prompts', 'Prompts'],
] as const;

async function readLists(client: Client): Promise<Lists> {
  const { tools, resources, prompts } = client.getServerCapabilities() ?? {};
  return {
    tools: tools ? await allPages((page) => client.listTools(page), 'tools') : [],
    resources: resources ? await allPages((page) => client.listResources(page), 'resources') : [],
    resourceTemplates: resources
      ? await allPages((page) => client.listResourceTemplates(page), 'resourceTemplates')
      : [],
    prompts: prompts ? await allPages((page) => client.listPrompts(page), 'prompts') : [],
  };
}

async function allPages<K extends string, E>(
  read: (
    page: { cursor: string } | undefined,
  ) => Promise<
    { readonly [key in K]: readonly E[] } & { readonly nextCursor?: string | undefined }
  >,
  list: K,
): Promise<readonly E[]> {
  const entries: E[] = [];
  let page = await read(undefined);
  entries.push(...page[list]);
  for (let count = 1; page.nextCursor !== undefined && count < MAX_PAGES; count += 1) {
    page = await read({ cursor: page.nextCursor });
    entries.push(...page[list]);
  }
  return entries;
}

const MAX_PAGES = 100;

function listReport(lists: Lists): string {
  const sections = HEADINGS.flatMap(([list, heading]) => {
    const entries = lists[list];
    return entries.length === 0 ? [] : [`${heading}\n${entries.map(entryLine).join('\n')}`];
  });
  return sections.length === 0 ? 'The server shows nothing to this caller.' : sections.join('\n\n');
}

function entryLine({ name, title, description, uri, uriTemplate }: ListedEntry): string {
  const about = [title, description?.split('\n', 1)[0]].filter(Boolean).join(': ');
  const key = printable(uri ?? uriTemplate ?? name).replaceAll(/\s/g, ' ');
  return `  ${key}${about === '' ? '' : `  ${printable(about).replaceAll(/\s/g, ' ')}`}`;
}
