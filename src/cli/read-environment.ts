import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import type { Terminal } from './terminal.js';
import { UsageError } from './command-line.js';

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

/** Whether one of the variables names a Clerk instance. An empty one counts as unset. */
export function namesInstance(environment: Readonly<Record<string, string | undefined>>): boolean {
  return INSTANCE.some((name) => environment[name]?.trim());
}

const INSTANCE = [
  'CLERK_SECRET_KEY',
  'CLERK_PUBLISHABLE_KEY',
  'CLERK_DOMAIN',
  'CLERK_FRONTEND_API',
  'CLERK_API_URL',
];

/** The access token on the standard input, with or without `Bearer`. */
export async function readToken(terminal: Terminal): Promise<string> {
  const token = (await terminal.read()).trim().replace(/^bearer\s+/i, '');
  if (token !== '') return token;
  throw new UsageError('The standard input holds no token. Pipe one in: … < token.txt');
}
