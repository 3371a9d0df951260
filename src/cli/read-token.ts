import type { Terminal } from './terminal.js';
import { UsageError } from './usage.error.js';

/** The access token on the standard input, with or without `Bearer`. */
export async function readToken(terminal: Terminal): Promise<string> {
  const token = (await terminal.read()).trim().replace(/^bearer\s+/i, '');
  if (token !== '') return token;
  throw new UsageError('The standard input holds no token. Pipe one in: … < token.txt');
}
