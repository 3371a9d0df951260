import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Client } from './client-driver.js';
import { CLIENTS } from './clients.js';
import { compareRow } from './compare.js';
import { runsHere } from './drive/install.js';
import { ClientLog } from './drive/log.js';
import { keyOf, type Row } from './measure/cell.js';
import { startLab } from './measure/lab.js';
import { measureClient, NOT_INSTALLED } from './measure/measure-client.js';
import { merge, readRows, writeRows } from './page.js';
import { COLUMNS } from './client-driver.js';

/** `npm run test:clients`: measures clients, and writes the page or compares with it. */
const ROOT = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
const PAGE = join(ROOT, 'docs/clients.md');
const LOGS = join(ROOT, 'build/clients');
/** Values of `MCP_SIGN_IN`, in the order of the page. The page says why these two. */
const MODES = ['connect', 'offer'];
/** How often a row is measured again while a cell of it is worse than on the page. */
const MORE_MEASUREMENTS = 2;
/** The rows of the page, as they were. */
const KNOWN = readRows(readFileSync(PAGE, 'utf8'));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    ci: { type: 'boolean', default: false },
    mode: { type: 'string', multiple: true, default: MODES },
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const clients = chosen(positionals);
const log = new ClientLog();
const failed: string[] = [];
let passed = 0;
const begun = performance.now();

await linkPackage();
const rows = await measure(clients);
if (values.write) {
  passed += rows.length * COLUMNS.length;
} else {
  for (const row of rows) compare(row);
}
for (const row of rows) {
  const { remark = '' } = row.cells['sign-in'];
  if (remark.startsWith(NOT_INSTALLED)) console.log(`${keyOf(row)} ${remark}`);
}
for (const line of failed) console.log(`FAILED ${line}`);
const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
console.log(`${passed} passed, ${failed.length} failed in ${minutes} minutes`);
process.exitCode = failed.length === 0 ? 0 : 1;

function chosen(names: readonly string[]): readonly Client[] {
  const unknown = names.filter((name) => !CLIENTS.some((client) => client.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no client ${unknown.join(', ')}. There are ${CLIENTS.map(({ name }) => name).join(', ')}.`,
    );
    process.exit(2);
  }
  const asked = CLIENTS.filter(({ name }) => names.length === 0 || names.includes(name));
  if (!values.ci) return asked;
  for (const client of asked) {
    const reason = reasonToLeaveOut(client);
    if (reason !== undefined) console.log(`${client.name} is left out: ${reason}`);
  }
  return asked.filter((client) => reasonToLeaveOut(client) === undefined);
}

function reasonToLeaveOut(client: Client): string | undefined {
  if (client.leftOut !== undefined) return client.leftOut;
  if (!runsHere(client)) return `it needs Node ${client.node}, and this is ${process.version}`;
  return undefined;
}

async function measure(which: readonly Client[]): Promise<readonly Row[]> {
  const logs = new Map(which.map((client) => [client.name, new ClientLog()]));
  // The modes have servers of their own, and most of the time is waiting.
  const measured = await Promise.all(values.mode.map((mode) => measureMode(mode, which, logs)));
  for (const [name, clientLog] of logs) await clientLog.write(join(LOGS, `${name}.log`));
  await log.write(join(LOGS, 'servers.log'));
  return measured.flat();
}

async function measureMode(
  mode: string,
  which: readonly Client[],
  logs: ReadonlyMap<string, ClientLog>,
): Promise<readonly Row[]> {
  const measured: Row[] = [];
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'clients-'));
  const lab = await startLab(mode, folder, log.add);
  try {
    for (const client of which) {
      for (const era of client.driver.eras) {
        const clientLog = new ClientLog();
        let row = await measureClient(client, era, lab, clientLog);
        for (let again = 0; again < MORE_MEASUREMENTS && isWorse(row); again += 1) {
          report(row);
          console.log(`${keyOf(row)} is measured again`);
          row = await measureClient(client, era, lab, clientLog);
        }
        measured.push(row);
        report(row);
        if (values.write) writeToPage(row);
        for (const line of clientLog.lines) logs.get(client.name)?.add(line);
      }
    }
  } finally {
    await lab.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return measured;
}

/** Whether a cell is worse than on the page, which a busy machine can be the reason of. */
function isWorse(row: Row): boolean {
  return !values.write && compareRow(row, KNOWN).failed.length > 0;
}

/** Each row at once: a run that is ended loses nothing. */
function writeToPage(row: Row): void {
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, writeRows(page, inOrder(merge(readRows(page), [row]))));
}

function report(row: Row): void {
  console.log(`${keyOf(row)} (${row.version}, ${row.revision}, Node ${row.node})`);
  for (const column of COLUMNS) {
    const { grade, remark = '' } = row.cells[column];
    console.log(`  ${column.padEnd(14)}${grade.padEnd(7)}${remark}`);
  }
}

function compare(row: Row): void {
  const comparison = compareRow(row, KNOWN);
  passed += comparison.passed;
  failed.push(...comparison.failed);
  for (const line of comparison.better) console.log(`better: ${line}: write it with --write`);
}

/** The order of {@link CLIENTS}; rows of clients, eras and modes that are no longer there are dropped. */
function inOrder(all: readonly Row[]): readonly Row[] {
  const isMeasured = ({ client, era, mode }: Row) =>
    MODES.includes(mode) &&
    CLIENTS.some(({ name, driver }) => name === client && driver.eras.includes(era));
  const order = (row: Row) => CLIENTS.findIndex(({ name }) => name === row.client);
  return all
    .filter(isMeasured)
    .toSorted(
      (one, other) =>
        MODES.indexOf(one.mode) - MODES.indexOf(other.mode) ||
        order(one) - order(other) ||
        one.era.localeCompare(other.era),
    );
}

/** The application with scopes imports the package by its name, as users do. Another run may use the link. */
async function linkPackage(): Promise<void> {
  const folder = join(ROOT, 'build/test-clients/node_modules/nestjs-clerk-mcp');
  await mkdir(folder, { recursive: true });
  const manifest = await readFile(join(ROOT, 'packages/nestjs-clerk-mcp/package.json'));
  await writeFile(join(folder, 'package.json'), manifest);
  if (existsSync(join(folder, 'dist'))) return;
  await symlink(join(ROOT, 'dist'), join(folder, 'dist'), 'junction');
}
