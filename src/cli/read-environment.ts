import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import type { Terminal } from './terminal.js';
import { UsageError } from './command.js';

/**
 * Reads the environment and a file, as the service does. The environment overrides the file. `PUBLIC_URL` stands
 * for a missing `BASE_URL`.
 *
 * @param file path of the file. Default: `.env`, which may be missing
 */
export async function readEnvironment(
  { environment }: Terminal,
  file: string | undefined,
): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    return withBaseUrl({ ...parseEnv(await readFile(file ?? '.env', 'utf8')), ...environment });
  } catch (cause) {
    if (file === undefined) return withBaseUrl(environment);
    throw new Error(`Cannot read the file ${file}. Pass the path of a .env file.`, { cause });
  }
}

/** `nest add` and `npm create` name the public URL `PUBLIC_URL`, because Vitest sets `BASE_URL`. */
function withBaseUrl(environment: Readonly<Record<string, string | undefined>>) {
  const { BASE_URL, PUBLIC_URL } = environment;
  return BASE_URL?.trim() || !PUBLIC_URL ? environment : { ...environment, BASE_URL: PUBLIC_URL };
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
