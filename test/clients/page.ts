import { COLUMNS, type Column, type Era } from './client-driver.js';
import { keyOf, type Cell, type Grade, type Row } from './measure/cell.js';

/** What is wrong with `docs/clients.md`. */
export class ClientsPageError extends Error {
  readonly code = 'CLIENTS_PAGE';
}

/**
 * The rows of the tables of a page.
 *
 * @throws {ClientsPageError} if the markers or a cell are not as {@link writeRows} writes them
 */
export function readRows(page: string): readonly Row[] {
  const { inside } = partsOf(page);
  let mode = '';
  const rows: Row[] = [];
  for (const line of inside.split('\n')) {
    mode = /^### `MCP_SIGN_IN=(\w+)`$/.exec(line)?.[1] ?? mode;
    if (/^\| (?!client |-)/.test(line)) rows.push(readRow(line, mode));
  }
  return rows;
}

/** The page with these rows instead of those that it has. */
export function writeRows(page: string, rows: readonly Row[]): string {
  const { before, after } = partsOf(page);
  const modes = [...new Set(rows.map(({ mode }) => mode))];
  const tables = modes.map((mode) =>
    [`### \`MCP_SIGN_IN=${mode}\``, table(rows.filter((row) => row.mode === mode))].join('\n\n'),
  );
  return `${before}${BEGIN}\n\n${tables.join('\n\n')}\n\n${END}${after}`;
}

/** The rows of a page, with those that were measured now in their places. */
export function merge(old: readonly Row[], measured: readonly Row[]): readonly Row[] {
  const now = new Map(measured.map((row) => [keyOf(row), row]));
  const known = new Set(old.map(keyOf));
  return [
    ...old.map((row) => now.get(keyOf(row)) ?? row),
    ...measured.filter((row) => !known.has(keyOf(row))),
  ];
}

const BEGIN = '<!-- clients: begin, written by npm run test:clients -- --write -->';
const END = '<!-- clients: end -->';
const GRADES: readonly string[] = ['ok', 'again', 'no', '–'] satisfies Grade[];
const HEAD = ['client', 'version', 'revision', ...COLUMNS, 'Node', 'measured', 'remarks'];

function partsOf(page: string): { before: string; inside: string; after: string } {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new ClientsPageError(`docs/clients.md needs the lines ${BEGIN} and ${END}`);
  }
  return {
    before: page.slice(0, begin),
    inside: page.slice(begin + BEGIN.length, end),
    after: page.slice(end + END.length),
  };
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    nameOf(row),
    row.version,
    row.revision,
    ...COLUMNS.map((column) => row.cells[column].grade),
    row.node.split('.')[0] ?? '',
    `${row.date} ${row.digest}`,
    remarksOf(row),
  ]);
  const widths = HEAD.map((head, index) =>
    Math.max(head.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(HEAD), rule, ...cells.map(line)].join('\n');
}

/** A client has a row for each era in which it is measured. */
function nameOf({ client, era }: Row): string {
  return `${client}, ${era}`;
}

function remarksOf({ cells }: Row): string {
  return COLUMNS.flatMap((column) => {
    const { remark } = cells[column];
    return remark === undefined ? [] : [`${column}: ${remark}`];
  }).join('; ');
}

function readRow(line: string, mode: string): Row {
  const texts = line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((text) => text.trim());
  const [name = '', version = '', revision = '', ...rest] = texts;
  const [, client, era] = /^(\S+), (2025|2026)$/.exec(name) ?? [];
  if (client === undefined || mode === '' || texts.length !== HEAD.length) {
    throw new ClientsPageError(
      `docs/clients.md has a row that cannot be read: ${line.slice(0, 60)}`,
    );
  }
  const [node = '', measured = '', remarks = ''] = rest.slice(COLUMNS.length);
  const [date = '', digest = ''] = measured.split(' ');
  const entries = COLUMNS.map((column, index) => [
    column,
    readCell(column, rest[index] ?? '', remarks, line),
  ]);
  const cells = Object.fromEntries(entries) as Record<Column, Cell>;
  return { client, era: era as Era, mode, version, revision, node, date, digest, cells };
}

function readCell(column: Column, grade: string, remarks: string, line: string): Cell {
  if (!GRADES.includes(grade)) {
    const row = line.slice(0, 60);
    throw new ClientsPageError(`docs/clients.md: ${column} is ${grade || 'empty'} in ${row}`);
  }
  const remark = remarks
    .split('; ')
    .find((text) => text.startsWith(`${column}: `))
    ?.slice(column.length + 2);
  return { grade: grade as Grade, ...(remark !== undefined && { remark }) };
}
