import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Report } from '../sections/section.js';

/** Writes the table, the picture and the raw numbers of a section to `bench/results`. */
export async function writeReport(name: string, report: Report): Promise<void> {
  const { title, about, table, picture, numbers } = report;
  const folder = new URL('../../results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const write = async (ending: string, text: string) => {
    const path = fileURLToPath(new URL(`${name}.${ending}`, folder));
    const isText = ending !== 'svg';
    const style = { ...(await resolveConfig(path)), filepath: path };
    await writeFile(path, isText ? await format(text, style) : text);
  };
  const parts = [`# ${title}`, `${machine()} ${about}`, table];
  if (picture !== undefined) {
    parts.push(`![](${name}.svg)`);
    await write('svg', picture);
  }
  await write('md', parts.join('\n\n'));
  await write('json', JSON.stringify({ ...facts(), title, ...Object(numbers) }));
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
