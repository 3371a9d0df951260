import { signal } from '@preact/signals';

/** One HTTP exchange of the page with the MCP endpoint. */
export interface Exchange {
  readonly id: number;
  readonly startedAt: number;
  readonly method: string;
  readonly url: string;
  /** Method of the JSON-RPC message, or the path. */
  readonly message: string;
  /** Name or URI that the message is about. */
  readonly target: string | undefined;
  readonly caller: string;
  readonly requestHeaders: readonly (readonly [string, string])[];
  readonly requestBody: string | undefined;
  readonly status: number | 'open' | 'failed' | 'cancelled';
  readonly responseHeaders: readonly (readonly [string, string])[];
  /** The first bytes; streams have events in its place. */
  readonly responseBody: string | undefined;
  readonly events: readonly WireEvent[];
  /** Milliseconds. */
  readonly took: number | undefined;
  readonly bytes: number;
}

export interface WireEvent {
  /** Milliseconds since the request. */
  readonly at: number;
  readonly data: string;
  readonly bytes: number;
}

/** The latest exchanges, oldest first. */
export const exchanges = signal<readonly Exchange[]>([]);
/** Whether requests reach the server; the time of the first one that did not. */
export const offlineSince = signal<number | undefined>(undefined);

const MAX_EXCHANGES = 500;
const MAX_EVENTS = 500;
/** Characters of a body that are kept. */
export const MAX_BODY = 200_000;
let lastId = 0;

export function clearWire(): void {
  exchanges.value = [];
}

function change(id: number, changes: Partial<Exchange>): void {
  exchanges.value = exchanges.value.map((one) => (one.id === id ? { ...one, ...changes } : one));
}

export const exchangeOf = (id: number): Exchange | undefined =>
  exchanges.value.find((one) => one.id === id);

/**
 * A `fetch` that records what it sends and gets.
 *
 * @param caller who is recorded as the caller
 * @param token to send; it is cut where it is recorded
 */
export function recordingFetch(
  caller: () => string,
  token: () => string | undefined,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const headers = new Headers(init.headers);
    const credential = token();
    if (credential !== undefined) headers.set('authorization', `Bearer ${credential}`);
    const exchange = begin(url, { ...init, headers }, caller());
    const { id, startedAt } = exchange;
    try {
      const response = await fetch(url, { ...init, headers, redirect: 'error' });
      offlineSince.value = undefined;
      change(id, {
        status: response.status,
        responseHeaders: [...response.headers],
        took: performance.now() - startedAt,
      });
      return record(response, exchange, performance.now());
    } catch (error) {
      const isCancelled = init.signal?.aborted === true;
      if (!isCancelled) offlineSince.value ??= Date.now();
      change(id, {
        status: isCancelled ? 'cancelled' : 'failed',
        took: performance.now() - startedAt,
      });
      throw error;
    }
  };
}

function begin(
  url: string | URL,
  init: RequestInit & { headers: Headers },
  caller: string,
): Exchange {
  const body = typeof init.body === 'string' ? init.body : undefined;
  const { method: message, target } = describe(body);
  const path = new URL(url, location.href).pathname;
  const exchange: Exchange = {
    id: (lastId += 1),
    startedAt: performance.now(),
    method: init.method ?? 'GET',
    url: String(url),
    message:
      message ?? (init.method === 'GET' || init.method === undefined ? `${path} (stream)` : path),
    target,
    caller,
    requestHeaders: [...init.headers].map(
      ([name, value]) => [name, cutToken(name, value)] as const,
    ),
    requestBody: body?.slice(0, MAX_BODY),
    status: 'open',
    responseHeaders: [],
    responseBody: undefined,
    events: [],
    took: undefined,
    bytes: 0,
  };
  exchanges.value = [...exchanges.value.slice(1 - MAX_EXCHANGES), exchange];
  return exchange;
}

/** Only the beginning of a token, which says what kind it is. */
function cutToken(name: string, value: string): string {
  if (name !== 'authorization') return value;
  const [scheme = '', token = ''] = value.split(' ');
  return `${scheme} ${token.slice(0, 6)}… (cut, ${token.length} characters)`;
}

function describe(body: string | undefined): { method?: string; target?: string } {
  try {
    const { method, params, id, result } = JSON.parse(body ?? '') as {
      method?: string;
      params?: Record<string, unknown>;
      id?: unknown;
      result?: unknown;
    };
    if (method === undefined)
      return { method: `answer to ${String(id)}${result ? '' : ' (error)'}` };
    const target = params?.['name'] ?? params?.['uri'] ?? params?.['taskId'];
    return { method, ...(typeof target === 'string' && { target }) };
  } catch {
    return {};
  }
}

/** A copy of the response whose body is recorded while it is read. */
function record(response: Response, { id, startedAt }: Exchange, started: number): Response {
  if (!response.body) return response;
  const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const events: WireEvent[] = [];
  const settle = (status: Exchange['status']): void =>
    change(id, {
      bytes,
      status,
      took: performance.now() - startedAt,
      ...(!isStream && { responseBody: text.slice(0, MAX_BODY) }),
    });
  const watch = (chunk: Uint8Array): void => {
    bytes += chunk.byteLength;
    if (isStream || text.length < MAX_BODY) text += decoder.decode(chunk, { stream: true });
    if (!isStream) return;
    text = takeEvents(text, events, performance.now() - startedAt);
    change(id, { bytes, events: [...events], status: 'open' });
  };
  if (isStream) change(id, { status: 'open', took: started - startedAt });
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (value) watch(value);
        if (value) controller.enqueue(value);
        if (!done) return;
        settle(response.status);
        controller.close();
      } catch (error) {
        // The connection broke.
        settle('failed');
        controller.error(error);
      }
    },
    cancel: (reason) => {
      settle(response.status);
      return reader.cancel(reason);
    },
  });
  const { status, statusText, headers } = response;
  const copy = new Response(status === 204 ? null : body, { status, statusText, headers });
  // The SDK compares URLs of some answers.
  Object.defineProperty(copy, 'url', { value: response.url });
  return copy;
}

/** Takes whole events out of the text of a stream. @returns the rest */
function takeEvents(text: string, events: WireEvent[], at: number): string {
  const parts = text.split(/\r?\n\r?\n/);
  const rest = parts.pop() ?? '';
  for (const part of parts) {
    const lines = part.split(/\r?\n/).filter((line) => line.startsWith('data:'));
    const data = lines.map((line) => line.slice(5).trimStart()).join('\n');
    if (data === '' || events.length >= MAX_EVENTS) continue;
    events.push({ at, data: data.slice(0, MAX_BODY), bytes: part.length });
  }
  return rest.slice(-MAX_BODY * 10);
}
