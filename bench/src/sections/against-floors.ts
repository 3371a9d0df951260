import { floorsLike } from '../load/floors-like.js';
import { measure, type Contender, type Measurement, type RoundsOptions } from '../load/rounds.js';
import type { Workload } from '../load/workload.js';
import { toMillis, toRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import type { Subject } from '../subjects.js';

/** What is asked of a server, and compared with a bare server that gives an answer of that kind. */
export interface Row {
  readonly what: string;
  /** Rows with the same object share a process. */
  readonly subject: Subject;
  readonly workload: Workload;
  readonly token: string;
  /** Requests per CPU second against the floor of this row. Default: stated only. */
  readonly atLeast?: number;
  /** The bare server. Default: bare Fastify with an answer like that of this row. */
  readonly bare?: Subject;
  /** A server that does by itself what this row does, instead of a bare one with such an answer. */
  readonly floor?: Subject;
  /** What is asked of that floor. Default: the same. */
  readonly floorWorkload?: Workload;
}

export interface MeasuredRow {
  readonly row: Row;
  readonly floor: Measurement;
  readonly ours: Measurement;
}

export interface RowsOptions extends Omit<RoundsOptions, 'warmUpSeconds'> {
  /** Of each round. Default: 1,920, which take a few tenths of a second on a free machine. */
  readonly requests?: number;
}

/** Many short rounds, in which each row is measured just after its floor. */
export async function measureRows(
  rows: readonly Row[],
  { requests = REQUESTS, ...options }: RowsOptions,
): Promise<readonly MeasuredRow[]> {
  const floors = await floorsOf(rows, options);
  const contenders: Contender[] = [];
  for (const [at, { subject, workload, token, what, floorWorkload = workload }] of rows.entries()) {
    const load = (asked: Workload) => (round: number) => ({
      workload: asked,
      tokens: [token],
      connections: CONNECTIONS,
      requests: round === 0 ? WARM_UP : requests,
    });
    const floor = floors[at];
    if (!floor) throw new Error(`${what} has no floor.`);
    const against: Contender = { subject: floor, load: load(floorWorkload) };
    contenders.push(against, { subject, load: load(workload), against });
  }
  const [first, ...others] = contenders;
  if (!first) return [];
  const measured = await measure([first, ...others], { processes: PROCESSES, ...options });
  return rows.map((row, at) => {
    const [floor, ours] = measured.slice(2 * at, 2 * at + 2);
    if (!floor || !ours) throw new Error(`${row.what} was not measured.`);
    return { row, floor, ours };
  });
}

/** A table in Markdown of rows, each beside its floor. */
export function rowsTable(measured: readonly MeasuredRow[]): string {
  return [
    '| what | server | CPU µs / request | floor µs | × floor | of rounds | p50 ms | p99 ms | resident MB |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...measured.map(({ row, floor, ours }) =>
      toRow([
        row.what,
        ours.label,
        ours.microsPerRequest.toFixed(0),
        floor.microsPerRequest.toFixed(0),
        ours.ratio.toFixed(2),
        ours.spread.map((value) => value.toFixed(2)).join('–'),
        toMillis(ours.latency.p50),
        toMillis(ours.latency.p99),
        ours.residentMegabytes.toFixed(0),
      ]),
    ),
  ].join('\n');
}

/** The targets of rows that have one. */
export function rowTargets(measured: readonly MeasuredRow[]): readonly Target[] {
  return measured.flatMap(({ row: { what, atLeast }, ours, floor }) =>
    atLeast === undefined
      ? []
      : [{ what: `${what}, against ${floor.label}`, measured: ours.ratio, atLeast, unit: ' ×' }],
  );
}

/** What a table of rows says of itself. */
export const ABOUT_ROWS =
  'Each row is measured in short rounds of three processes, in turn with a floor of its own: a bare server with the same limit on bodies and the same check of the host and of a cached token, which sends an answer of the same members, length, status and headers. × floor is requests per CPU second against it, compared within a round; numbers are medians.';

export const CONNECTIONS = 64;
/** Of each server, one after the other. */
export const PROCESSES = 3;
const REQUESTS = 30 * CONNECTIONS;
/** Requests before the first round: the compiler is to be done with what this row uses. */
export const WARM_UP = 300 * CONNECTIONS;

async function floorsOf(
  rows: readonly Row[],
  { settings }: Pick<RoundsOptions, 'settings'>,
): Promise<readonly (Subject | undefined)[]> {
  const floors = new Map<Row, Subject>();
  for (const subject of new Set(rows.map((row) => row.subject))) {
    const group = rows.filter((row) => row.subject === subject && !row.floor);
    if (group.length === 0) continue;
    const made = await floorsLike(subject, group, settings, group[0]?.bare);
    for (const [at, row] of group.entries()) if (made[at]) floors.set(row, made[at]);
  }
  return rows.map((row) => row.floor ?? floors.get(row));
}
