import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What the coverage needs to know of an exchange. The specs of a run share one file of them. */
export interface Record_ {
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
  /** Whether the answer, a redirect or a page, tells of an error. */
  readonly refused: boolean;
  /** Indexes of the exceptions that were needed. */
  readonly exceptions: readonly number[];
}

const FILE = resolve(import.meta.dirname, '../../build/clerk-openapi/exchanges.jsonl');

export function record(entry: Record_): void {
  mkdirSync(dirname(FILE), { recursive: true });
  appendFileSync(FILE, `${JSON.stringify(entry)}\n`);
}

export function records(): readonly Record_[] {
  if (!existsSync(FILE)) return [];
  const lines = readFileSync(FILE, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record_);
}

/** Begins a run: Vitest calls it before the specs. */
export default function forgetRecords(): void {
  rmSync(FILE, { force: true });
}
