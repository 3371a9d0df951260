import { measure, type Contender, type RoundsOptions } from '../load/rounds.js';
import { toSvg } from '../report/bars.js';
import { toTable, type AbsentRow } from '../report/table.js';
import type { Report } from './section.js';

/** Measures servers side by side, the first of which is the floor, and reports them in one table. */
export async function compare(
  title: string,
  contenders: readonly [Contender, ...Contender[]],
  { absent = [], ...options }: RoundsOptions & { readonly absent?: readonly AbsentRow[] },
): Promise<Report> {
  const measurements = await measure(contenders, options);
  return {
    title,
    about:
      'Each number is the median of its rounds; × is requests per CPU second against the first row, compared within a round.',
    table: toTable(measurements, absent),
    picture: toSvg({
      title,
      subtitle: `Requests per CPU second of the server, ${contenders[0].subject.label} = 1`,
      bars: measurements.map(({ label, ratio, microsPerRequest }) => ({
        label,
        share: ratio,
        text: `${ratio.toFixed(2)} × (${microsPerRequest.toFixed(0)} µs)`,
      })),
    }),
    numbers: { measurements, absent },
  };
}
