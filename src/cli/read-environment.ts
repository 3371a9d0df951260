import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import type { Terminal } from './terminal.js';

/**
 * The environment, on top of what a file sets: as the service reads it.
 *
 * @param file default `.env`, which need not be there
 */
export async function readEnvironment(
  { environment }: Terminal,
  file: string | undefined,
): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    return { ...parseEnv(await readFile(file ?? '.env', 'utf8')), ...environment };
  } catch (cause) {
    if (file === undefined) return environment;
    throw new Error(`The file ${file} cannot be read. Give the path of a .env file.`, { cause });
  }
}
