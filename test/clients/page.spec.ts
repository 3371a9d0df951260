import { describe, expect, it } from 'vitest';
import { COLUMNS, type Column } from './client-driver.js';
import { compareRow } from './compare.js';
import { remarkOf, type Cell, type Row } from './measure/cell.js';
import { merge, readRows, writeRows } from './page.js';

const EMPTY = `# Clients

<!-- clients: begin, written by npm run test:clients -- --write -->

<!-- clients: end -->

The end.
`;

const row = (about: Partial<Row> = {}, cells: Partial<Record<Column, Cell>> = {}): Row => {
  const ok = Object.fromEntries(COLUMNS.map((column) => [column, { grade: 'ok' }]));
  return {
    client: 'sdk',
    mode: 'connect',
    era: '2025',
    version: '1.32.2',
    node: '20',
    revision: '2025-11-25',
    date: '2026-11-29',
    digest: '0123456789',
    cells: { ...(ok as Record<Column, Cell>), ...cells },
    ...about,
  };
};

describe('docs/clients.md', () => {
  const rows = [
    row({}, { refresh: { grade: 'again', remark: 'asks to sign in again' } }),
    row({ client: 'mastra', era: '2026' }, { registration: { grade: '–', remark: 'has none' } }),
    row({ mode: 'call' }, { 'step-up': { grade: 'no', remark: 'a, b' }, list: { grade: 'no' } }),
  ];

  it('gives back the rows that were written', () => {
    const page = writeRows(EMPTY, rows);
    expect(readRows(page)).toEqual(rows);
    expect(writeRows(page, rows)).toBe(page);
    expect(page).toMatch(/^# Clients\n/);
    expect(page).toMatch(/\nThe end\.\n$/);
  });

  it('keeps rows of clients that were not measured', () => {
    const again = row({ digest: '9999999999' });
    expect(merge(rows, [again, row({ client: 'new' })])).toEqual([
      again,
      rows[1],
      rows[2],
      row({ client: 'new' }),
    ]);
  });

  it.each([
    ['a cell that is no grade', (page: string) => page.replace('| again ', '| fine  ')],
    ['a row that lacks a cell', (page: string) => page.replace('| again ', '')],
    ['a page without markers', () => '# Clients\n'],
  ])('says that it cannot read %s', (_what, spoil) => {
    const page = spoil(writeRows(EMPTY, rows));
    expect(() => readRows(page)).toThrow(/^docs\/clients\.md:? /);
  });
});

describe('The comparison with docs/clients.md', () => {
  const known = [row({}, { refresh: { grade: 'again' }, restart: { grade: '–' } })];

  it('passes what is as good, whatever its date, digest and remark', () => {
    const now = row(
      { date: '2030-01-01', digest: 'x' },
      { refresh: { grade: 'again', remark: 'other words' }, restart: { grade: 'no' } },
    );
    const comparison = compareRow(now, known);
    expect(comparison).toEqual({ passed: COLUMNS.length, failed: [], better: [] });
  });

  it('fails what got worse, and tells what got better', () => {
    const now = row(
      {},
      { refresh: { grade: 'ok' }, call: { grade: 'no', remark: 'why' }, list: { grade: '–' } },
    );
    const { passed, failed, better } = compareRow(now, known);
    expect(passed).toBe(COLUMNS.length - 2);
    expect(failed).toEqual([
      'sdk 2025 connect: list is –, and the page says ok',
      'sdk 2025 connect: call is no (why), and the page says ok',
    ]);
    expect(better).toEqual([
      'sdk 2025 connect: refresh is ok, and the page says again',
      'sdk 2025 connect: restart is ok, and the page says –',
    ]);
  });

  it('fails a row that the page does not have', () => {
    const { passed, failed } = compareRow(row({ era: '2026' }), known);
    expect({ passed, failed }).toEqual({
      passed: 0,
      failed: ['sdk 2026 connect is not on the page'],
    });
  });
});

it('a remark names no address of this machine and nothing that breaks a table', () => {
  const error = new Error(
    'Failed at "http://127.0.0.1:14324/mcp" | /home/someone/.cache/x/y/z.js; (HTTP 403): {"error":"x"}\nat',
  );
  expect(remarkOf(error)).toBe(`Failed at "/mcp" ' …, (HTTP 403)`);
});
