import autocannon from 'autocannon';
import { LEGACY, readRpc, rpcRequest, type RpcRequest } from './rpc.js';
import type { Workload } from './workload.js';

export interface Load {
  readonly url: string;
  readonly workload: Workload;
  /** One token for all requests, or as many as there are requests, each used once. */
  readonly tokens: readonly string[];
  readonly connections: number;
  /** How long to send, in seconds; or how many requests. */
  readonly seconds?: number;
  readonly requests?: number;
}

export interface Outcome {
  readonly requests: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number };
  /** Answers that were read and compared with the request. */
  readonly checked: number;
}

/**
 * Sends a workload over keep-alive connections. Every answer must have status 200, and one in
 * {@link SAMPLE} is parsed and compared with what was asked.
 *
 * @throws {Error} for a wrong answer: a fast wrong server is not fast
 */
export async function drive(load: Load): Promise<Outcome> {
  const { workload, tokens } = load;
  const sessions =
    workload.era === 'legacy' ? await openSessions(load, Math.min(load.connections, SESSIONS)) : [];
  const wrong: string[] = [];
  let checked = 0;
  let connection = 0;
  const spent = new Set<number>();
  const build = (n: number, session: string | undefined) => ({
    ...requestOf(load, n, tokens[n % tokens.length], session),
    method: 'POST' as const,
    onResponse: (status: number, text: string) => {
      if (tokens.length > 1) {
        if (spent.has(n)) wrong.push(`token ${n} was sent twice`);
        spent.add(n);
      }
      if (status === 200 && n % SAMPLE !== 0) return;
      checked += 1;
      const answer = status === 200 ? readRpc(text) : undefined;
      if (answer?.id === n && workload.isRight(answer, n)) return;
      wrong.push(`${status} ${text.slice(0, 300)}`);
    },
  });
  const distinct = Math.max(DISTINCT, tokens.length);
  const shared = Array.from({ length: distinct }, (_, n) => build(n, undefined));
  const result = await autocannon({
    url: load.url,
    connections: load.connections,
    ...(load.requests === undefined ? { duration: load.seconds ?? 2 } : { amount: load.requests }),
    timeout: 30,
    setupClient: (client) => {
      const session = sessions[connection % SESSIONS];
      const at = connection++;
      if (session !== undefined) {
        client.setRequests(shared.map((_, n) => build(n, session)));
      } else if (tokens.length > 1) {
        // Each token once: every connection has a share of its own.
        const share = Math.ceil(shared.length / load.connections);
        client.setRequests(shared.slice(at * share, (at + 1) * share));
      }
    },
    // Each connection starts with a copy of all of these.
    requests: tokens.length > 1 ? shared.slice(0, 1) : shared,
  });
  if (result.errors > 0) wrong.push(`${result.errors} connections failed`);
  if (checked === 0) wrong.push('no answer was checked');
  if (wrong.length > 0) {
    throw new Error(`${load.url}: ${wrong.length} wrong answers to ${workload.name}: ${wrong[0]}`);
  }
  return {
    requests: result.requests.total,
    bytes: result.throughput.total,
    seconds: result.duration,
    latency: { p50: result.latency.p50, p99: result.latency.p99 },
    checked,
  };
}

/** Sessions that the connections share: as many as one principal may have of ours. */
const SESSIONS = 32;
/** One answer in so many is compared with its request. */
const SAMPLE = 8;
/** Requests that differ, in turn. */
const DISTINCT = 64;

function requestOf(
  { workload }: Load,
  n: number,
  token: string | undefined,
  session: string | undefined,
): RpcRequest {
  return rpcRequest(workload.era, { id: n, ...workload.message(n) }, { token, session });
}

async function openSessions(load: Load, count: number): Promise<readonly (string | undefined)[]> {
  const sessions: (string | undefined)[] = [];
  for (let n = 0; n < count; n += 1) sessions.push(await openSession(load));
  return sessions;
}

/** Opens a session as a client of 2025-11-25 does; `undefined` where the server has none. */
async function openSession({ url, tokens }: Load): Promise<string | undefined> {
  const initialize = rpcRequest(
    'legacy',
    {
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: LEGACY,
        capabilities: {},
        clientInfo: { name: 'bench', version: '1.0.0' },
      },
    },
    { token: tokens[0] },
  );
  const response = await fetch(url, { method: 'POST', ...initialize });
  const text = await response.text();
  if (!response.ok) throw new Error(`initialize was answered ${response.status} ${text}`);
  return response.headers.get('mcp-session-id') ?? undefined;
}
