import type { Measurement } from '../load/rounds.js';

/** A server that was not measured, and why. */
export interface AbsentRow {
  readonly label: string;
  readonly absent: string;
}

/** Measurements as a table in Markdown. The first is the floor. */
export function toTable(
  measurements: readonly Measurement[],
  absent: readonly AbsentRow[] = [],
): string {
  return [
    '| server | authentication | CPU µs / request | × floor | of rounds | p50 ms | p99 ms | resident MB |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...measurements.map((measurement) => toRow(cellsOf(measurement))),
    ...absent.map(({ label, absent: why }) => toRow([label, `not measured: ${why}`, ...NOTHING])),
  ].join('\n');
}

/** One row of a table in Markdown. */
export function toRow(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Milliseconds for people. */
export function toMillis(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}

const NOTHING = Array.from({ length: 6 }, () => '–');

function cellsOf(measurement: Measurement): readonly string[] {
  const { label, authentication, microsPerRequest, ratio, spread, latency } = measurement;
  return [
    label,
    authentication,
    microsPerRequest.toFixed(0),
    ratio.toFixed(2),
    spread.map((value) => value.toFixed(2)).join('–'),
    toMillis(latency.p50),
    toMillis(latency.p99),
    measurement.residentMegabytes.toFixed(0),
  ];
}
