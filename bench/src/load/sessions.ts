import { LEGACY, rpcRequest } from './rpc.js';

/** A session of a client of 2025-11-25, and whose it is. */
export interface OpenedSession {
  /** `undefined` where the server has none, and takes requests without. */
  readonly id: string | undefined;
  readonly token: string | undefined;
}

/** Opens sessions as a client of 2025-11-25 does, with the tokens in turn. */
export async function openSessions(
  url: string,
  tokens: readonly string[],
  count: number,
): Promise<readonly OpenedSession[]> {
  const sessions: OpenedSession[] = [];
  while (sessions.length < count) {
    const batch = Array.from({ length: Math.min(BATCH, count - sessions.length) }, (_, at) =>
      openSession(url, tokens[(sessions.length + at) % tokens.length]),
    );
    sessions.push(...(await Promise.all(batch)));
  }
  return sessions;
}

/** Ends sessions, where a server lets a client do so. */
export async function closeSessions(
  url: string,
  sessions: readonly OpenedSession[],
): Promise<void> {
  for (const { id, token } of sessions) {
    if (id === undefined) continue;
    const { headers } = rpcRequest('legacy', PING, { token, session: id });
    const response = await fetch(url, { method: 'DELETE', headers });
    await response.arrayBuffer();
  }
}

async function openSession(url: string, token: string | undefined): Promise<OpenedSession> {
  const response = await fetch(url, { method: 'POST', ...rpcRequest('legacy', HELLO, { token }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`initialize was answered ${response.status} ${text}`);
  const id = response.headers.get('mcp-session-id') ?? undefined;
  const { headers } = rpcRequest('legacy', PING, { token, session: id });
  const noted = await fetch(url, { method: 'POST', headers, body: INITIALIZED });
  await noted.arrayBuffer();
  return { id, token };
}

/** So many at a time. */
const BATCH = 32;

const HELLO = {
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: LEGACY,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  },
};
const PING = { id: 0, method: 'ping', params: {} };
const INITIALIZED = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
