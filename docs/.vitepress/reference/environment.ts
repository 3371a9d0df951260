import { Environment } from '../../../src/app/environment.js';
import { readText } from './declarations.js';
import { code, page, splitDefault, table } from './markdown.js';

/** A variable, or several that one comment of `.env.example` describes. */
interface Entry {
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly comment: string;
}

/**
 * The page of the variables: their names and defaults from the schema that the service reads, their descriptions
 * from `.env.example`.
 *
 * @throws the two do not agree
 */
export function environmentPage(): string {
  const sections = readText('.env.example')
    .split(/^# --- (.+?) -+$/m)
    .slice(1);
  const parts: string[] = [];
  const described: Entry[] = [];
  for (let index = 0; index < sections.length; index += 2) {
    const [, title = '', see] = /^(.*?)(?: \(docs\/(.+)\.md\))?$/.exec(sections[index] ?? '') ?? [];
    const entries = entriesOf(sections[index + 1] ?? '');
    described.push(...entries);
    parts.push(`## ${title}`);
    if (see !== undefined) parts.push(`See [${see}](${see}.md).`);
    parts.push(table(['variable', 'default', 'meaning'], entries.map(rowOf)));
  }
  checkAgainstSchema(described);
  return page(
    'Environment',
    '`src/app/environment.ts` and `.env.example`',
    'The variables that the service reads, also from a file `.env`. An empty value counts as unset. An application configures the modules with [options](options.md) instead.',
    ...parts,
  );
}

function entriesOf(section: string): readonly Entry[] {
  return section
    .split(/\n\n+/)
    .filter((block) => /^\w+=/m.test(block))
    .map((block) => {
      const variables = [...block.matchAll(/^(\w+)=(.*)$/gm)];
      const comment = [...block.matchAll(/^# ?(.*)$/gm)].map(([, line = '']) => line).join(' ');
      return {
        names: variables.map(([, name = '']) => name),
        values: variables.map(([, , value = '']) => value),
        comment,
      };
    });
}

function rowOf({ names, values, comment }: Entry): readonly string[] {
  if (comment === '') throw new Error(`.env.example says nothing of ${names.join(', ')}.`);
  const { text, standard } = splitDefault(comment);
  const given = values.filter(Boolean).map(code).join(', ');
  return [names.map(code).join(', '), given || standard, withLinks(text)];
}

function withLinks(text: string): string {
  return text.replaceAll(/docs\/([\w-]+)\.md/g, '[$1]($1.md)');
}

/** Variables of the OpenTelemetry SDK, which reads them itself. */
const FOREIGN = /^OTEL_/;

function checkAgainstSchema(entries: readonly Entry[]): void {
  const described = entries.flatMap(({ names }) => names).filter((name) => !FOREIGN.test(name));
  const read = Object.keys(Environment.shape);
  const missing = read.filter((name) => !described.includes(name));
  const unknown = described.filter((name) => !read.includes(name));
  if (missing.length > 0) throw new Error(`.env.example does not have ${missing.join(', ')}.`);
  if (unknown.length > 0) throw new Error(`The service does not read ${unknown.join(', ')}.`);
  for (const [name, schema] of Object.entries(Environment.shape)) {
    const { data: standard } = schema.safeParse(undefined);
    const entry = entries.find(({ names }) => names.includes(name));
    if (standard === undefined || !entry) continue;
    const text = standard === true ? 'on' : String(standard);
    const documented = [...entry.values, splitDefault(entry.comment).standard];
    if (!documented.includes(text)) {
      throw new Error(`.env.example says of ${name}: ${documented.join(', ')}. It is ${text}.`);
    }
  }
}
