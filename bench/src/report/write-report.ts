import { cpus } from 'node:os';
import type { Report } from '../sections/section.js';
import { resultsFile } from './results-file.js';
import { targetTable } from './target.js';

/** Writes the table, the picture and the raw numbers of a section to `bench/results`. */
export async function writeReport(name: string, report: Report): Promise<void> {
  const { title, about, table, picture, targets = [], numbers } = report;
  const parts = [`# ${title}`, `${machine()} ${about}`, table];
  if (targets.length > 0) parts.push(targetTable(targets));
  if (picture !== undefined) {
    parts.push(`![](${name}.svg)`);
    await resultsFile(`${name}.svg`).write(picture);
  }
  await resultsFile(`${name}.md`).write(parts.join('\n\n'));
  const json = { ...facts(), title, ...(targets.length > 0 && { targets }), ...Object(numbers) };
  await resultsFile(`${name}.json`).write(JSON.stringify(json));
}

function facts() {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
  };
}

function machine(): string {
  const { date, node, cpu, cores } = facts();
  return `${date}, Node ${node}, ${cores} cores of ${cpu}.`;
}
