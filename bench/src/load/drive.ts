import { createHistogram } from 'node:perf_hooks';
import { Connection, textOf, type HttpAnswer, type Lane } from './connection.js';
import { readRpc, rpcRequest, type RpcRequest } from './rpc.js';
import { RoundRobin } from './round-robin.js';
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
  /** Connections, of which the caller takes care; one that was closed is opened anew. Default: new ones. */
  readonly lanes?: Lane[];
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
  const target = new URL(url);
  const lanes = load.lanes ?? (await openLanes([url], connections));
  const latency = createHistogram();
  const wrong: string[] = [];
  let checked = 0;
  let answered = 0;
  let bytes = 0;
  let left = load.requests ?? Number.POSITIVE_INFINITY;
  const started = performance.now();
  const end =
    load.requests === undefined ? started + (load.seconds ?? 2) * 1_000 : Number.POSITIVE_INFINITY;
  const check = (n: number, answer: HttpAnswer): void => {
    if (answer.status === expected && n % SAMPLE !== 0) return;
    checked += 1;
    const text = textOf(answer);
    const found = answer.status === expected ? readRpc(text) : undefined;
    const isOurs = found?.id === n || workload.anyId || workload.route !== undefined;
    if (found && isOurs && workload.isRight(found, n)) return;
    wrong.push(`${answer.status} ${text.slice(0, 300)}`);
  };
  const run = async (at: number): Promise<void> => {
    const session = sessions[at % sessions.length];
    // Each token once; else a few requests in turn, whose ids are of one request alone within a session.
    const share = tokens.length > 1 ? Math.ceil(tokens.length / connections) : DISTINCT;
    const first = session || tokens.length > 1 ? at * share : 0;
    const last = tokens.length > 1 ? Math.min(first + share, tokens.length) : first + share;
    const requests = new Map<number, Buffer>();
    for (let n = first; left > 0 && performance.now() < end; n += 1) {
      if (n >= last) {
        if (tokens.length > 1) return;
        n = first;
      }
      left -= 1;
      let request = requests.get(n);
      if (!request) {
        const token = session?.token ?? tokens[n % tokens.length];
        request = toBytes(target, requestOf(load, n, token, session?.id));
        requests.set(n, request);
      }
      const lane = lanes[at]?.isOpen ? lanes[at] : await Connection.open(target);
      lanes[at] = lane;
      const asked = performance.now();
      const answer = await lane.exchange(request);
      latency.record(toMicros(performance.now() - asked));
      answered += 1;
      bytes += answer.bytes;
      check(n, answer);
    }
  };
  const runs = await Promise.allSettled(lanes.map((_, at) => run(at)));
  const seconds = (performance.now() - started) / 1_000;
  for (const done of runs) if (done.status === 'rejected') wrong.push(String(done.reason));
  if (!load.lanes) closeLanes(lanes);
  if (!load.sessions) await closeSessions(url, sessions);
  if (checked === 0) wrong.push('no answer was checked');
  if (wrong.length > 0) {
    throw new Error(`${url}: ${wrong.length} wrong answers to ${workload.name}: ${wrong[0]}`);
  }
  return {
    requests: answered,
    bytes,
    seconds,
    latency: { p50: latency.percentile(50) / 1000, p99: latency.percentile(99) / 1000 },
    checked,
  };
}

/**
 * Opens connections that several rounds can use, so that none of them pays for it.
 *
 * @param urls of the nodes of the server
 */
export function openLanes(urls: readonly string[], count: number): Promise<Lane[]> {
  const targets = urls.map((url) => new URL(url));
  const [only, ...others] = targets;
  const open = (at: number): Promise<Lane> =>
    only && others.length === 0 ? Connection.open(only) : RoundRobin.open(targets, at);
  return Promise.all(Array.from({ length: count }, (_, at) => open(at)));
}

export function closeLanes(lanes: readonly Lane[]): void {
  for (const lane of lanes) lane.close();
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

/** A request as it is sent over a connection. */
export function toBytes(
  { host, pathname }: URL,
  { path = pathname, headers, body }: RpcRequest & { readonly path?: string },
): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${lines.join('')}content-length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

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
