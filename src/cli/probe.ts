import { isJsonObject, type JsonObject } from '../clerk/json-object.js';

/** What a server said. */
export interface ProbeAnswer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** The body, when it is a JSON object. */
  readonly json: JsonObject | undefined;
  /** Milliseconds since the epoch, by the clock of the server and by ours. */
  readonly date: { readonly theirs: number; readonly ours: number } | undefined;
}

/** Nobody answered. */
export interface ProbeSilence {
  readonly url: string;
  readonly silence: string;
}

export type ProbeResult = ProbeAnswer | ProbeSilence;

/** Sends one request, follows no redirect and gives up after five seconds. */
export type Probe = (url: string, init?: RequestInit) => Promise<ProbeResult>;

/** @param now the clock, in milliseconds since the epoch */
export function createProbe(now: () => number, stopped: AbortSignal): Probe {
  return async (url, init = {}) => {
    try {
      const signal = AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT)]);
      const response = await fetch(url, { ...init, redirect: 'manual', signal });
      const { status, headers } = response;
      const json = parse(await response.text());
      const theirs = Date.parse(headers.get('date') ?? '');
      const date = Number.isNaN(theirs) ? undefined : { theirs, ours: now() };
      return { url, status, headers, json, date };
    } catch (error) {
      return { url, silence: reasonOf(error) };
    }
  };
}

/** Whether somebody answered, and with 200 and a JSON object. */
export function isDocument(
  result: ProbeResult,
): result is ProbeAnswer & { readonly json: JsonObject } {
  return 'status' in result && result.status === 200 && result.json !== undefined;
}

/** What came in place of a document, in words. */
export function describeAnswer(result: ProbeResult): string {
  if ('silence' in result) return `${result.url} cannot be reached (${result.silence})`;
  const location = result.headers.get('location');
  if (location !== null) return `${result.url} redirects (${result.status}) to ${location}`;
  if (result.status === 200) return `${result.url} answers 200 without a JSON object`;
  return `${result.url} answers ${result.status}`;
}

const TIMEOUT = 5_000;

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
  if (error.name === 'TimeoutError') return `no answer in ${TIMEOUT / 1000} seconds`;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
