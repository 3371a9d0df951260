import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { rpcRequest } from '../load/rpc.js';
import { serveJobs } from './worker-process.js';

/** A caller who behaves: calls `echo` at a steady pace, whether or not the last call was answered. */
export interface GoodCalls {
  readonly url: string;
  readonly token: string;
  readonly seconds: number;
}

export interface GoodCallsOutcome {
  /** Milliseconds of each call. */
  readonly latencies: readonly number[];
  /** How often each status was answered; 0 where there was no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The beginning of the first answer that is not right. */
  readonly firstWrong: string | undefined;
}

/** 540 in a minute: within the default limit of requests of one caller. */
export const CALLS_PER_SECOND = 9;

const agent = new Agent({ keepAlive: true });

serveJobs(async ({ url, token, seconds }: GoodCalls): Promise<GoodCallsOutcome> => {
  const started = performance.now();
  const calls: Promise<Call>[] = [];
  const count = Math.round(seconds * CALLS_PER_SECOND);
  while (calls.length < count) {
    calls.push(call(url, token, calls.length));
    const next = started + (calls.length * 1_000) / CALLS_PER_SECOND;
    await setTimeout(Math.max(0, next - performance.now()));
  }
  const done = await Promise.all(calls);
  const statuses: Record<string, number> = {};
  for (const { status } of done) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    latencies: done.map(({ millis }) => millis),
    statuses,
    firstWrong: done.find(({ isRight }) => !isRight)?.text.slice(0, 300),
  };
});

interface Call {
  readonly status: number;
  readonly millis: number;
  readonly text: string;
  readonly isRight: boolean;
}

function call(url: string, token: string, n: number): Promise<Call> {
  const message = `call ${n}`;
  const params = { name: 'echo', arguments: { message } };
  const { headers, body } = rpcRequest(
    'modern',
    { id: n, method: 'tools/call', params },
    { token },
  );
  const started = performance.now();
  return new Promise((resolve) => {
    const finish = (status: number, text: string) => {
      const isRight = status === 200 && text.includes(`"message":"${message}"`);
      resolve({ status, text, isRight, millis: performance.now() - started });
    };
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('end', () => finish(response.statusCode ?? 0, text));
      response.once('error', ({ message: reason }) => finish(0, reason));
    });
    outgoing.once('error', ({ message: reason }) => finish(0, reason));
    outgoing.setTimeout(PATIENCE_MS, () => outgoing.destroy(new Error('no answer in time')));
    outgoing.end(body);
  });
}

const PATIENCE_MS = 60_000;
