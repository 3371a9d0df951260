import type { Progress } from '@modelcontextprotocol/client';
import { signal } from '@preact/signals';
import { caller, checkCaller } from './caller.js';
import { era } from './explorer.js';
import { rawRequest, RpcError } from './raw.js';
import { logListeners, messageOf, session } from './session.js';
import { questions } from './questions.js';
import { addTask } from './tasks.js';
import { exchanges } from './wire.js';

export type CallKind = 'tool' | 'resource' | 'prompt';

/** One call, running or done. */
export interface Call {
  readonly id: number;
  readonly kind: CallKind;
  /** Name of the tool or the prompt, or the URI. */
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly asTask: boolean;
  readonly as: string;
  readonly at: number;
  readonly state: 'running' | 'done' | 'error' | 'cancelled';
  readonly result?: Record<string, unknown>;
  /** Why it failed, in words. */
  readonly message?: string;
  /** HTTP status of the last answer. */
  readonly status?: number;
  /** Scopes that a 403 asks for. */
  readonly scopes?: readonly string[];
  readonly challenge?: string;
  readonly took?: number;
  readonly bytes?: number;
  readonly exchange?: number;
  readonly progress?: Progress;
  readonly log: readonly { readonly at: number; readonly level: string; readonly text: string }[];
}

/** The latest calls, newest first. */
export const calls = signal<readonly Call[]>([]);
const MAX_CALLS = 100;
const MAX_LOG = 500;
const stops = new Map<number, AbortController>();
let lastId = 0;

export const callsOf = (kind: CallKind, name: string): readonly Call[] =>
  calls.value.filter((call) => call.kind === kind && call.name === name);

function change(id: number, changes: Partial<Call>): void {
  calls.value = calls.value.map((call) => (call.id === id ? { ...call, ...changes } : call));
}

/** Aborts a call; the server is told. */
export function cancelCall(id: number): void {
  stops.get(id)?.abort();
}

/** A call lasts as long as somebody waits: questions are answered by people. */
const PATIENCE_MS = 3_600_000;

export async function call(
  kind: CallKind,
  name: string,
  args: Readonly<Record<string, unknown>>,
  { asTask = false }: { readonly asTask?: boolean } = {},
): Promise<Call | undefined> {
  const { client } = session.value;
  const id = (lastId += 1);
  const stop = new AbortController();
  stops.set(id, stop);
  const at = Date.now();
  const begun: Call = {
    id,
    kind,
    name,
    args,
    asTask,
    as: caller.value.name,
    at,
    state: 'running',
    log: [],
  };
  calls.value = [begun, ...calls.value.slice(0, MAX_CALLS - 1)];
  const started = performance.now();
  const from = exchanges.value.at(-1)?.id ?? 0;
  const listener = (level: string, text: string): void => {
    const { log = [] } = calls.value.find((one) => one.id === id) ?? {};
    if (log.length >= MAX_LOG) return;
    change(id, {
      log: [...log, { at: performance.now() - started, level, text: text.slice(0, 10_000) }],
    });
  };
  logListeners.add(listener);
  const options = {
    signal: stop.signal,
    timeout: PATIENCE_MS,
    onprogress: (progress: Progress): void => change(id, { progress }),
  };
  const lost = lostConnection(METHODS[kind], name, from);
  const meta =
    era.value === 'modern' ? { _meta: { 'io.modelcontextprotocol/logLevel': 'debug' } } : {};
  try {
    const result = await Promise.race([perform(), lost.promise]);
    finish(
      result['isError'] === true
        ? { state: 'error', result, message: 'The tool answered an error.' }
        : { state: 'done', result },
    );
  } catch (error) {
    if (stop.signal.aborted) {
      questions.value = [];
      finish({ state: 'cancelled', message: 'Cancelled.' });
    } else finish({ state: 'error', message: messageOf(error) });
    if (error instanceof RpcError) change(id, { status: error.status });
  } finally {
    logListeners.delete(listener);
    lost.stop();
    // What is left of a lost call.
    stop.abort();
    stops.delete(id);
  }
  return calls.value.find((one) => one.id === id);

  async function perform(): Promise<Record<string, unknown>> {
    if (asTask) {
      const result = await rawRequest('tools/call', { name, arguments: args }, stop.signal);
      if (result['resultType'] === 'task') addTask(name, result);
      return result;
    }
    if (!client) throw new Error('The page is not connected to the server.');
    if (kind === 'tool') {
      return client.callTool({ name, arguments: { ...args }, ...meta }, options);
    }
    if (kind === 'prompt') {
      return client.getPrompt(
        { name, arguments: args as Record<string, string>, ...meta },
        options,
      );
    }
    return client.readResource({ uri: name, ...meta }, { ...options, cacheMode: 'bypass' });
  }

  function finish(end: Partial<Call>): void {
    const method = METHODS[kind];
    const mine = exchanges.value.filter((one) => one.id > from && one.message === method);
    const exchange =
      mine.findLast((one) => one.target === name) ?? mine.at(-1) ?? refusedConnection();
    const status = typeof exchange?.status === 'number' ? exchange.status : undefined;
    const challenge = exchange?.responseHeaders.find(([key]) => key === 'www-authenticate')?.[1];
    change(id, {
      ...end,
      took: performance.now() - started,
      ...(exchange && { exchange: exchange.id, bytes: exchange.bytes }),
      ...(status !== undefined && { status }),
      ...(challenge !== undefined && { challenge, scopes: scopesIn(challenge) }),
    });
    if (status === 401) void checkCaller().catch(() => undefined);
  }
}

/** Without a connection nothing is sent: its refusal is that of the call. */
function refusedConnection() {
  return session.value.state === 'failed' ? session.value.exchange : undefined;
}

const METHODS = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
} as const satisfies Record<CallKind, string>;

/**
 * Rejects when the connection of a call breaks, of which the SDK does not tell. A session of 2025 resumes its
 * stream, so that nothing is lost there.
 */
function lostConnection(
  method: string,
  name: string,
  from: number,
): { readonly promise: Promise<never>; stop(): void } {
  let stop = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    stop = exchanges.subscribe((all) => {
      const mine = all.findLast(
        ({ id, message, target }) => id > from && message === method && target === name,
      );
      if (era.value !== 'modern' || mine?.status !== 'failed') return;
      reject(new Error('The connection was lost before the answer came.'));
    });
  });
  promise.catch(() => undefined);
  return { promise, stop: () => stop() };
}

function scopesIn(challenge: string): readonly string[] {
  if (!challenge.includes('insufficient_scope')) return [];
  return /scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ').filter(Boolean) ?? [];
}
