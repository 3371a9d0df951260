import type { ContractEntry } from '../../mcp/catalog/catalog-contract.js';
import { nameOf } from '../../mcp/catalog/contract-differences.js';
import { isJsonObject, type JsonObject } from '../../request/json-object.js';
import type { ListedKind, ServerCatalog } from './server-catalog.js';

/** Writes the catalogs of an application as a page of Markdown. */
export function catalogMarkdown(servers: readonly ServerCatalog[]): string {
  const parts = [
    '# MCP catalog',
    'Written by `npx nestjs-clerk-mcp catalog`. Changes by hand are lost.',
    ...servers.flatMap(serverParts),
  ];
  return `${parts.join('\n\n')}\n`;
}

function serverParts(server: ServerCatalog): readonly string[] {
  const { path, contract } = server;
  const { title, name, instructions } = contract.server;
  return [
    `## ${escape(String(title ?? name))} at \`${path}\``,
    ...(typeof instructions === 'string' ? [escape(instructions)] : []),
    ...SECTIONS.flatMap(({ list, heading }) => sectionParts(server, list, heading)),
    ...completionParts(contract.completions),
  ];
}

const SECTIONS: readonly { readonly list: ListedKind; readonly heading: string }[] = [
  { list: 'tools', heading: 'Tools' },
  { list: 'resources', heading: 'Resources' },
  { list: 'resourceTemplates', heading: 'Resource templates' },
  { list: 'prompts', heading: 'Prompts' },
];

function sectionParts(server: ServerCatalog, list: ListedKind, heading: string): readonly string[] {
  const entries = server.contract[list];
  if (entries.length === 0) return [];
  const named = entries.map((entry) => ({ entry, key: nameOf(entry) ?? '' }));
  const rows = named.map(
    ({ entry, key }) =>
      `| ${code(key)} | ${cell(titleOf(entry))} | ${cell(server.ruleOf(list, key))} |`,
  );
  return [
    `### ${heading}`,
    ['| name | title | who may use it |', '| --- | --- | --- |', ...rows].join('\n'),
    ...named.flatMap(({ entry, key }) => entryParts(entry, key, server.ruleOf(list, key))),
  ];
}

function entryParts(entry: ContractEntry, key: string, rule: string): readonly string[] {
  const { description, mimeType, annotations, task, inputSchema, outputSchema } = entry;
  const facts = [
    `Access: ${escape(rule)}`,
    ...(entry['listed'] === 'callable' ? ['Hidden from callers who may not use it'] : []),
    ...(typeof mimeType === 'string' ? [`Type: ${code(mimeType)}`] : []),
    ...hintsOf(annotations),
    ...(isJsonObject(task) ? ['Can run as a task'] : []),
  ];
  return [
    `#### ${code(key)}`,
    ...(typeof description === 'string' ? [escape(description)] : []),
    facts.map((fact) => `- ${fact}`).join('\n'),
    ...argumentParts(entry['arguments']),
    ...schemaParts('Input', inputSchema),
    ...schemaParts('Output', outputSchema),
  ];
}

/** The hints of a tool in words; those that are not given are not mentioned. */
function hintsOf(annotations: unknown): readonly string[] {
  if (!isJsonObject(annotations)) return [];
  const hints = HINTS.flatMap(([name, yes, no]) => {
    const value = annotations[name];
    return typeof value === 'boolean' ? [value ? yes : no] : [];
  });
  return hints.length === 0 ? [] : [`Hints: ${hints.join(', ')}`];
}

const HINTS = [
  ['readOnlyHint', 'only reads', 'changes something'],
  ['destructiveHint', 'may destroy something', 'destroys nothing'],
  ['idempotentHint', 'may be repeated', 'has another effect when repeated'],
  ['openWorldHint', 'reaches other systems', 'reaches no other system'],
] as const;

function argumentParts(given: unknown): readonly string[] {
  if (!Array.isArray(given) || given.length === 0) return [];
  const rows = given.filter(isJsonObject).map(({ name, description, required }) => {
    const about = typeof description === 'string' ? cell(description) : '';
    return `| ${code(String(name))} | ${required === true ? 'yes' : 'no'} | ${about} |`;
  });
  return [['| argument | required | description |', '| --- | --- | --- |', ...rows].join('\n')];
}

function schemaParts(heading: string, schema: unknown): readonly string[] {
  if (!isJsonObject(schema) || isEmpty(schema)) return [];
  return [`${heading}:`, fenced(JSON.stringify(schema, null, 2), 'json')];
}

/** The schema of a tool without input. */
function isEmpty({ properties, ...others }: JsonObject): boolean {
  const names = Object.keys(others).filter((name) => name !== '$schema' && name !== 'type');
  const members = isJsonObject(properties) ? Object.keys(properties) : [];
  return names.every((name) => name === 'additionalProperties') && members.length === 0;
}

function completionParts(completions: readonly ContractEntry[]): readonly string[] {
  if (completions.length === 0) return [];
  const names = completions.map((entry) => code(nameOf(entry) ?? ''));
  return ['### Completions', `Arguments of these entries are completed: ${names.join(', ')}.`];
}

function titleOf(entry: ContractEntry): string {
  const { title, annotations } = entry;
  if (typeof title === 'string') return title;
  const own = isJsonObject(annotations) ? annotations['title'] : undefined;
  return typeof own === 'string' ? own : '';
}

/** Text of an author, which neither becomes HTML nor a heading of the page. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/^(\s*)([#>|]|```|~~~)/gm, '$1\\$2');
}

function cell(text: string): string {
  return escape(text.replace(/\s+/g, ' ')).replaceAll('|', '\\|');
}

/** Code within a line, whatever backticks it contains. */
function code(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${ticks}${space}${text.replace(/\s+/g, ' ').replaceAll('|', '\\|')}${space}${ticks}`;
}

function fenced(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}
