import { measure, type Contender, type Measurement, type RoundsOptions } from '../load/rounds.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import { toTable, type AbsentRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import type { Report } from './section.js';

interface ComparisonOptions extends RoundsOptions {
  /** What else a reader of the table must know. */
  readonly about?: string;
  /** Servers that have a row in the table all the same. */
  readonly absent?: readonly AbsentRow[];
  /** What is to be reached, with what was. */
  readonly targets?: (measurements: readonly Measurement[]) => readonly Target[];
}

/** Measures servers side by side, the first of which is the floor, and reports them in one table. */
export async function compare(
  title: string,
  contenders: readonly [Contender, ...Contender[]],
  { about = '', absent = [], targets = () => [], ...options }: ComparisonOptions,
): Promise<Report> {
  const measurements = await measure(contenders, options);
  const { label: floor, authentication } = contenders[0].subject;
  return {
    title,
    about:
      `Each number is the median of its rounds; × is requests per CPU second against the first row, compared within a round. ${about}`.trim(),
    table: toTable(measurements, absent),
    picture: toSvg({
      title,
      subtitle: `Requests per CPU second of the server, ${floor}, ${authentication} = 1`,
      bars: measurements.map((measurement) => ratioBar(measurement)),
    }),
    targets: targets(measurements),
    numbers: { measurements, absent },
  };
}

/** The measurement of a server. */
export function measuredOf(
  measurements: readonly Measurement[],
  { label }: { readonly label: string },
): Measurement {
  const found = measurements.find((measurement) => measurement.label === label);
  if (!found) throw new Error(`${label} was not measured.`);
  return found;
}
