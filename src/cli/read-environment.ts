import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import type { Terminal } from './terminal.js';
import { UsageError } from './command.js';

/**
 * Reads the environment and a file, as the service does. The environment overrides the file.
 *
 * @param file path of the file. Default: `.env`, which may be missing
 */
export async function readEnvironment(
  { environment }: Terminal,
  file: string | undefined,
): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    return { ...parseEnv(await readFile(file ?? '.env', 'utf8')), ...environment };
  } catch (cause) {
    if (file === undefined) return environment;
    throw new Error(`Cannot read the file ${file}. Pass the path of a .env file.`, { cause });
  }
}

/** Whether a variable names a Clerk instance. An empty variable counts as unset. */
export function namesInstance(environment: Readonly<Record<string, string | undefined>>): boolean {
  return INSTANCE_VARIABLES.some((name) => environment[name]?.trim());
}

const INSTANCE_VARIABLES = [
  'CLERK_SECRET_KEY',
  'CLERK_PUBLISHABLE_KEY',
  'CLERK_DOMAIN',
  'CLERK_FRONTEND_API',
  'CLERK_API_URL',
];

/** Reads the access token from the standard input, with or without `Bearer`. */
export async function readToken(terminal: Terminal): Promise<string> {
  const token = (await terminal.read()).trim().replace(/^bearer\s+/i, '');
  if (token !== '') return token;
  throw new UsageError('The standard input contains no token. Redirect a file: … < token.txt');
}
