import type { Client } from '@modelcontextprotocol/client';
import { isJsonObject } from '../../request/json-object.js';
import { Secrets } from '../secrets.js';
import type { Terminal } from '../terminal.js';
import { loadClient } from './load-client.js';
import { printable } from './printable.js';

/** How a command talks to a server. */
export interface ConnectionOptions {
  readonly url: string;
  /** `undefined` for an anonymous caller. */
  readonly token: string | undefined;
  /** `auto` finds out what the server speaks. */
  readonly era: Era;
}

/** Protocol revision: 2026-07-28, or those before with a session. */
export type Era = (typeof ERAS)[number];

export const ERAS = ['auto', 'modern', 'legacy'] as const;

/**
 * Connects to a server with the official client, and closes the connection after the work. Messages of
 * the log of the server go to the standard error.
 *
 * @throws {Error} the server refuses the caller, with what to do; errors of the client are passed on
 *   without the token
 */
export async function withServer<T>(
  { url, token, era }: ConnectionOptions,
  terminal: Terminal,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { Client: OfficialClient, StreamableHTTPClientTransport } = await loadClient();
  const client = new OfficialClient(
    { name: 'nestjs-clerk-mcp', version: '1.0.0' },
    { versionNegotiation: { mode: MODES[era] } },
  );
  client.setNotificationHandler('notifications/message', ({ params }) => {
    const { level, data } = params;
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    terminal.printError(printable(`${level}: ${text}`));
  });
  let refusal: Response | undefined;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: async (target, init) => {
      const response = await fetch(target, init);
      if (response.status >= 400 && init?.method === 'POST') refusal = response.clone();
      return response;
    },
    requestInit: { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } },
  });
  try {
    await client.connect(transport, { timeout: CONNECT_MS, signal: terminal.stopped });
    return await work(client);
  } catch (error) {
    if (terminal.stopped.aborted) throw new Error('Stopped.', { cause: error });
    throw await describeError(error, refusal, token);
  } finally {
    await client.close().catch(() => undefined);
  }
}

const MODES = { auto: 'auto', modern: { pin: '2026-07-28' }, legacy: 'legacy' } as const;
/** In milliseconds. */
const CONNECT_MS = 30_000;

async function describeError(
  error: unknown,
  refusal: Response | undefined,
  token: string | undefined,
): Promise<Error> {
  const secrets = new Secrets();
  secrets.keep(token);
  const message = error instanceof Error ? error.message : String(error);
  if (refusal?.status === 401 && token === undefined) {
    return new Error(
      'The server asks for a sign-in. Pass --sign-in, --as for a user of the local emulator, or a token with --token.',
      { cause: error },
    );
  }
  if (refusal && REFUSALS.has(refusal.status)) {
    const text = (await reasonOf(refusal)) ?? message;
    return new Error(secrets.redact(`The server answers ${refusal.status}: ${printable(text)}`), {
      cause: error,
    });
  }
  const { cause } = error instanceof Error ? error : {};
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new Error(secrets.redact(`${printable(message)}${reason}`), { cause: error });
}

const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404, 429, 500, 502, 503]);

async function reasonOf(refusal: Response): Promise<string | undefined> {
  try {
    return reasonIn(await refusal.json());
  } catch {
    return undefined;
  }
}

function reasonIn(body: unknown): string | undefined {
  if (!isJsonObject(body)) return undefined;
  const { error, error_description: description } = body;
  if (typeof description === 'string') return description;
  const message = isJsonObject(error) ? error['message'] : error;
  return typeof message === 'string' ? message : undefined;
}
