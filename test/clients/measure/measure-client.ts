import type { Client, Column, Era } from '../client-driver.js';
import { NotMeasurableError } from '../client-driver.js';
import { digestOf, type ClientLog } from '../drive/log.js';
import { installClient, nodeFor, nodeVersionFor } from '../drive/install.js';
import { remarkOf, versionOf, type Cell, type Row } from './cell.js';
import { completeCells, firstUse, type Cells, type Flow } from './flows.js';
import type { Lab } from './lab.js';
import { WatchedUse } from './watched-use.js';

/** Measures a client in one era, at the servers of one sign-in mode. */
export async function measureClient(
  client: Client,
  era: Era,
  lab: Lab,
  clientLog: ClientLog,
): Promise<Row> {
  clientLog.add(`=== ${client.name} ${versionOf(client)}, era ${era}, ${lab.mode}`);
  const revisions = new Set<string>();
  const cells = await measureCells(client, era, lab, clientLog, revisions);
  return {
    client: client.name,
    mode: lab.mode,
    era,
    version: versionOf(client),
    node: nodeVersionFor(client),
    revision: [...revisions].join(', ') || '–',
    cells: completeCells(cells),
    date: new Date().toISOString().slice(0, 10),
    digest: digestOf(clientLog.lines),
  };
}

/** The remark of a client that npm did not install begins with this. */
export const NOT_INSTALLED = 'is not installed';

async function measureCells(
  client: Client,
  era: Era,
  lab: Lab,
  clientLog: ClientLog,
  revisions: Set<string>,
): Promise<Cells> {
  let place: { folder: string; node: string };
  try {
    const folder = await installClient(client, clientLog.add);
    place = { folder, node: await nodeFor(client, clientLog.add) };
  } catch (error) {
    return { 'sign-in': { grade: '–', remark: `${NOT_INSTALLED}: ${remarkOf(error)}` } };
  }
  const flows = lab.flows.filter(([, { columns }]) => !columns.every(isImpossible(client)));
  const parts = flows.map(async ([name, flow, subject]) => {
    const log = (line: string) => clientLog.add(`${name}: ${line}`);
    try {
      const use = await WatchedUse.open(client, { subject, era, log, ...place });
      try {
        return await flow.measure(use, subject);
      } finally {
        await use.close();
        for (const { revision } of use.admitted) if (revision !== '') revisions.add(revision);
      }
    } catch (error) {
      log(`failed: ${error instanceof Error ? error.message : String(error)}`);
      const isTold = error instanceof NotMeasurableError && flow !== firstUse;
      return isTold ? {} : failed(flow, error);
    }
  });
  const measured: Cells = Object.assign({}, ...(await Promise.all(parts)));
  return { ...measured, ...impossible(client) };
}

/** The client did not start, or there is nothing to start. */
function failed({ columns }: Flow, error: unknown): Cells {
  const grade = error instanceof NotMeasurableError ? '–' : 'no';
  const cell: Cell = { grade, remark: remarkOf(error) };
  return Object.fromEntries(
    columns.map((column, index) => [column, index === 0 ? cell : { grade }]),
  );
}

function isImpossible({ driver }: Client): (column: Column) => boolean {
  return (column) => driver.cannot?.[column] !== undefined;
}

function impossible({ driver }: Client): Cells {
  const reasons = Object.entries(driver.cannot ?? {}) as [Column, string][];
  return Object.fromEntries(reasons.map(([column, remark]) => [column, { grade: '–', remark }]));
}
