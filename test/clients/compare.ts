import { COLUMNS } from './client-driver.js';
import { keyOf, type Grade, type Row } from './measure/cell.js';

/** The difference of one measured row from that of the page. */
export interface Comparison {
  /** Cells that are as good as the page says, or better. */
  readonly passed: number;
  /** A line for each cell that is worse, or is not on the page. */
  readonly failed: readonly string[];
  /** A line for each cell that is better. */
  readonly better: readonly string[];
}

export function compareRow(measured: Row, page: readonly Row[]): Comparison {
  const known = page.find((row) => keyOf(row) === keyOf(measured));
  const where = keyOf(measured);
  if (known === undefined) {
    return { passed: 0, failed: [`${where} is not on the page`], better: [] };
  }
  const failed: string[] = [];
  const better: string[] = [];
  for (const column of COLUMNS) {
    const now = measured.cells[column];
    const before = known.cells[column];
    const step = WORTH[now.grade] - WORTH[before.grade];
    const why = now.remark === undefined ? '' : ` (${now.remark})`;
    const line = `${where}: ${column} is ${now.grade}${why}, and the page says ${before.grade}`;
    if (step < 0) failed.push(line);
    if (step > 0) better.push(line);
  }
  return { passed: COLUMNS.length - failed.length, failed, better };
}

/** What is not measured is worth as much as what does not work. */
const WORTH: Readonly<Record<Grade, number>> = { ok: 2, again: 1, no: 0, '–': 0 };
