import type { BenchClerk } from '../clerk.js';
import type { Target } from '../report/target.js';

/** A part of the bench that runs alone: `npm run bench -- NAME`. */
export interface Section {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<Report | Skipped>;
}

/** What every section is given. */
export interface Bench {
  readonly clerk: BenchClerk;
}

/** What a section has found; written to `bench/results/NAME.md`, `.json` and `.svg`. */
export interface Report {
  readonly title: string;
  /** How to read the table, in a sentence or a few. */
  readonly about: string;
  /** Markdown: one table or several. */
  readonly table: string;
  /** SVG. */
  readonly picture?: string;
  /** What is to be reached, and what was. */
  readonly targets?: readonly Target[];
  /** The raw numbers. */
  readonly numbers: unknown;
}

/** A section that this machine cannot run. */
export interface Skipped {
  /** Why, and what would make it run. */
  readonly skipped: string;
}
