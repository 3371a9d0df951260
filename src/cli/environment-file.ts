import { readFile, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { hostIn } from '../clerk/api/frontend-api.js';
import { isLoopbackHost } from '../clerk/origin.js';

/**
 * Sets variables in a `.env` file and leaves its other lines as they are. The file is created if it is missing.
 *
 * @throws {Error} if the file has keys of a Clerk instance, which would be lost, or cannot be written
 */
export async function writeEnvironmentFile(
  file: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const text = await readIfThere(file);
  const { CLERK_SECRET_KEY, CLERK_PUBLISHABLE_KEY } = parseEnv(text);
  if ((CLERK_SECRET_KEY || CLERK_PUBLISHABLE_KEY) && !isEmulatorKey(CLERK_PUBLISHABLE_KEY ?? '')) {
    throw new Error(
      `${file} has the keys of a Clerk instance. Remove CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY from it, or name another file.`,
    );
  }
  const result = Object.entries(variables).reduce(withVariable, text);
  if (result === text) return;
  await writeFile(file, result, { mode: 0o600 }).catch((cause: unknown) => {
    throw new Error(`Cannot write the file ${file}. Pass the path of a .env file.`, { cause });
  });
}

function withVariable(text: string, [name, value]: [string, string]): string {
  const lines = new RegExp(`^(\\s*(?:export\\s+)?${name}\\s*=).*$`, 'gm');
  if (lines.test(text)) return text.replace(lines, (_line, start: string) => `${start}${value}`);
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${separator}${name}=${value}\n`;
}

function isEmulatorKey(publishableKey: string): boolean {
  if (!publishableKey.startsWith('pk_test_')) return false;
  try {
    return isLoopbackHost(new URL(`http://${hostIn(publishableKey)}`).hostname);
  } catch {
    return false;
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Error(`Cannot read the file ${file}. Pass the path of a .env file.`, {
      cause: error,
    });
  }
}
