import type { Measurement } from '../load/rounds.js';

/** Measurements as a table in Markdown. The first is the floor. */
export function toTable(measurements: readonly Measurement[]): string {
  return [
    '| server | CPU µs / request | × floor | of rounds | p50 ms | p99 ms | resident MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...measurements.map(
      ({ label, microsPerRequest, ratio, spread, latency, residentMegabytes }) =>
        `| ${[
          label,
          microsPerRequest.toFixed(0),
          ratio.toFixed(2),
          spread.map((value) => value.toFixed(2)).join('–'),
          latency.p50,
          latency.p99,
          residentMegabytes.toFixed(0),
        ].join(' | ')} |`,
    ),
  ].join('\n');
}
