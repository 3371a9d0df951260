import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Measurement } from '../load/rounds.js';
import { toSvg } from './bars.js';
import { toTable } from './table.js';

/** What was measured under one heading. */
export interface Section {
  readonly name: string;
  readonly title: string;
  readonly measurements: readonly Measurement[];
}

/** Writes the table, the picture and the raw numbers of each section to `bench/results`. */
export async function writeResults(sections: readonly Section[]): Promise<void> {
  const folder = new URL('../../results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const write = (name: string, text: string) => writeFile(new URL(name, folder), text);
  for (const { name, title, measurements } of sections) {
    await write(
      `${name}.json`,
      `${JSON.stringify({ ...machine(), title, measurements }, null, 2)}\n`,
    );
    await write(`${name}.svg`, toSvg(title, measurements));
    await write(
      `${name}.md`,
      `# ${title}\n\n${about()}\n\n${toTable(measurements)}\n\n![](${name}.svg)\n`,
    );
  }
}

function machine() {
  return { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
}

function about(): string {
  const { node, cpu, cores } = machine();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node ${node}, ${cores} cores of ${cpu}. Each number is the median of its rounds; × is requests per CPU second against the first row, compared within a round.`;
}
