import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { readRpc, rpcRequest, type RpcRequest } from './rpc.js';
import { closeSessions, openSessions, type OpenedSession } from './sessions.js';
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
  /** Sessions that the connections share, of which the caller takes care. Default: new ones. */
  readonly sessions?: readonly OpenedSession[];
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
 * Sends a workload over keep-alive connections. Every answer must have the status of the workload, and one
 * in {@link SAMPLE} is parsed and compared with what was asked.
 *
 * @throws {Error} for a wrong answer: a fast wrong server is not fast
 */
export async function drive(load: Load): Promise<Outcome> {
  const { url, workload, tokens, connections } = load;
  const { status: expected = 200 } = workload;
  const sessions = load.sessions ?? (await sessionsFor(load));
  const latency = createHistogram();
  const wrong: string[] = [];
  let checked = 0;
  let connection = 0;
  const spent = new Set<number>();
  const build = (n: number, session?: OpenedSession) => ({
    ...requestOf(load, n, session?.token ?? tokens[n % tokens.length], session?.id),
    method: 'POST' as const,
    onResponse: (status: number, text: string) => {
      if (tokens.length > 1) {
        if (spent.has(n)) wrong.push(`token ${n} was sent twice`);
        spent.add(n);
      }
      if (status === expected && n % SAMPLE !== 0) return;
      checked += 1;
      const answer = status === expected ? readRpc(text) : undefined;
      const isOurs = answer?.id === n || workload.anyId || workload.route !== undefined;
      if (answer && isOurs && workload.isRight(answer, n)) return;
      wrong.push(`${status} ${text.slice(0, 300)}`);
    },
  });
  const distinct = Math.max(DISTINCT, tokens.length);
  const shared = Array.from({ length: distinct }, (_, n) => build(n));
  const result = await autocannon({
    url,
    connections,
    ...(load.requests === undefined ? { duration: load.seconds ?? 2 } : { amount: load.requests }),
    timeout: 30,
    // It looks that often whether it is over.
    sampleInt: 100,
    setupClient: (client) => {
      client.on('response', (_status, _bytes, millis) => latency.record(toMicros(millis)));
      const session = sessions[connection % sessions.length];
      const at = connection++;
      if (session) {
        // Within a session an id is of one request alone.
        client.setRequests(shared.map((_, n) => build(at * distinct + n, session)));
      } else if (tokens.length > 1) {
        // Each token once: every connection has a share of its own.
        const share = Math.ceil(shared.length / connections);
        client.setRequests(shared.slice(at * share, (at + 1) * share));
      }
    },
    // Each connection starts with a copy of all of these.
    requests: tokens.length > 1 ? shared.slice(0, 1) : shared,
  });
  if (!load.sessions) await closeSessions(url, sessions);
  if (result.errors > 0) wrong.push(`${result.errors} connections failed`);
  if (checked === 0) wrong.push('no answer was checked');
  if (wrong.length > 0) {
    throw new Error(`${url}: ${wrong.length} wrong answers to ${workload.name}: ${wrong[0]}`);
  }
  return {
    requests: result.requests.total,
    bytes: result.throughput.total,
    seconds: result.duration,
    latency: { p50: latency.percentile(50) / 1000, p99: latency.percentile(99) / 1000 },
    checked,
  };
}

/**
 * Opens the sessions that a workload of the 2025 era needs.
 *
 * @param most how many the server can have; by default, as many as one principal may have of ours
 */
export async function sessionsFor(
  { url, workload, tokens, connections }: Load,
  most = 32,
): Promise<readonly OpenedSession[]> {
  if (workload.era === 'modern' || workload.opensSession) return [];
  return openSessions(url, tokens, Math.min(connections, most));
}

/** One answer in so many is compared with its request. */
const SAMPLE = 8;
/** Requests that differ, in turn. */
const DISTINCT = 64;

function toMicros(millis: number): number {
  return Math.max(1, Math.round(millis * 1000));
}

function requestOf(
  { workload }: Load,
  n: number,
  token: string | undefined,
  session: string | undefined,
): RpcRequest & { readonly path?: string } {
  const message = { id: n, ...workload.message(n) };
  const { route: path } = workload;
  if (path !== undefined) {
    const { arguments: body } = message.params as { readonly arguments?: object };
    const headers = {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    return { path, headers, body: JSON.stringify(body) };
  }
  const as = workload.token === undefined ? token : workload.token;
  return rpcRequest(workload.era, message, { token: as, session });
}
