import { isJsonObject, type JsonObject } from '../request/json-object.js';

/**
 * Creates a probe.
 *
 * @param now the clock, in milliseconds since the epoch
 * @param stopped aborts pending requests
 * @param timeout of each request with its answer, in milliseconds
 */
export function createProbe(
  now: () => number,
  stopped: AbortSignal,
  timeout: number = TIMEOUT,
): Probe {
  return async (url, init = {}) => {
    const timer = AbortSignal.timeout(timeout);
    try {
      const signal = AbortSignal.any([stopped, timer]);
      const response = await fetch(url, { ...init, redirect: 'manual', signal });
      const { status, headers } = response;
      const json = parse(await readText(response));
      const server = Date.parse(headers.get('date') ?? '');
      const date = Number.isNaN(server) ? undefined : { server, local: now() };
      return { url, status, headers, json, date };
    } catch (error) {
      const late = timer.aborted && !stopped.aborted;
      return { url, failure: late ? `no answer in ${timeout / 1000} seconds` : reasonOf(error) };
    }
  };
}

/** Whether the answer is 200 with a JSON object. */
export function isDocument(
  result: ProbeResult,
): result is ProbeAnswer & { readonly json: JsonObject } {
  return 'status' in result && result.status === 200 && result.json !== undefined;
}

/** Describes a result that is not a JSON document. */
export function describeAnswer(result: ProbeResult): string {
  if ('failure' in result) return `${result.url} cannot be reached (${result.failure})`;
  const location = result.headers.get('location');
  if (location !== null) return `${result.url} redirects (${result.status}) to ${location}`;
  if (result.status === 200) return `${result.url} answers 200 without a JSON object`;
  return `${result.url} answers ${result.status}`;
}

/** Sends one request. It follows no redirect, and fails after a time limit or an answer above 1 MB. */
export type Probe = (url: string, init?: RequestInit) => Promise<ProbeResult>;

/** Answer of a server. */
export interface ProbeAnswer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** The body, if it is a JSON object. */
  readonly json: JsonObject | undefined;
  /** Milliseconds since the epoch, by the `Date` header of the server and by the local clock. */
  readonly date: { readonly server: number; readonly local: number } | undefined;
}

/** The request failed without an answer. */
interface ProbeFailure {
  readonly url: string;
  /** Why there is no answer. */
  readonly failure: string;
}

export type ProbeResult = ProbeAnswer | ProbeFailure;

const TIMEOUT = 5_000;
/** Bytes of an answer. */
const MAX_BYTES = 1_000_000;

/** @throws RangeError for a body that is too large, which is then not read to its end */
async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new RangeError(`an answer of more than ${MAX_BYTES / 1e6} MB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
