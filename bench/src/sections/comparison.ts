import { measure, type Contender, type Measurement, type RoundsOptions } from '../load/rounds.js';
import { toSvg, type Bar } from '../report/bars.js';
import { toTable, type AbsentRow } from '../report/table.js';
import { NO_AUTHENTICATION } from '../subjects.js';
import type { Report } from './section.js';

/** Measures servers side by side, the first of which is the floor, and reports them in one table. */
export async function compare(
  title: string,
  contenders: readonly [Contender, ...Contender[]],
  { absent = [], ...options }: RoundsOptions & { readonly absent?: readonly AbsentRow[] },
): Promise<Report> {
  const measurements = await measure(contenders, options);
  const { label: floor, authentication } = contenders[0].subject;
  return {
    title,
    about:
      'Each number is the median of its rounds; × is requests per CPU second against the first row, compared within a round.',
    table: toTable(measurements, absent),
    picture: toSvg({
      title,
      subtitle: `Requests per CPU second of the server, ${floor}, ${authentication} = 1`,
      bars: measurements.map(toBar),
    }),
    numbers: { measurements, absent },
  };
}

function toBar({ label, authentication, ratio, microsPerRequest }: Measurement): Bar {
  const value = `${ratio.toFixed(2)} × (${microsPerRequest.toFixed(0)} µs)`;
  const unprotected = authentication === NO_AUTHENTICATION ? ', no authentication' : '';
  return { label, share: ratio, text: value + unprotected };
}
