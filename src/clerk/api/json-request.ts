import { ClerkDeadlineExceededError } from '../clerk.errors.js';

/**
 * Requests JSON from Clerk, with a timeout and a size limit. The content type is ignored. Redirects are not
 * followed, because they would send the credentials to another host.
 *
 * @throws if Clerk is unreachable, too slow, redirects, or sends more than `maxBytes`
 */
export async function requestJson(url: string, request: JsonRequest): Promise<JsonResponse> {
  const timeout = AbortSignal.timeout(request.timeout);
  const response = await fetch(url, {
    method: request.form || request.json ? 'POST' : 'GET',
    headers: {
      accept: 'application/json',
      ...(request.json && { 'content-type': 'application/json' }),
      ...request.headers,
    },
    redirect: 'error',
    signal: request.signal ? AbortSignal.any([timeout, request.signal]) : timeout,
    ...(request.form && { body: request.form }),
    ...(request.json && { body: JSON.stringify(request.json) }),
  });
  const text = await readText(response, request.maxBytes ?? MAX_BYTES);
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return {
    status: response.status,
    body: parse(text),
    retryAfter: Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 1), MAX_RETRY_S),
  };
}

/** Options of {@link requestJson}. */
interface JsonRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a POST request. Default: a GET request. */
  readonly form?: URLSearchParams;
  /** Sent as a POST request. */
  readonly json?: object;
  /** Timeout for the whole response, in milliseconds. */
  readonly timeout: number;
  /** Largest response, in bytes. Default: 1 MiB. */
  readonly maxBytes?: number;
  /** Aborts the request. */
  readonly signal?: AbortSignal | undefined;
}

/** A response of Clerk, with any status. */
export interface JsonResponse {
  readonly status: number;
  /** The parsed body; `undefined` when it is not JSON. */
  readonly body: unknown;
  /** Seconds of the `Retry-After` header, from 1 to 3 600, when it has that form. */
  readonly retryAfter: number | undefined;
}

const MAX_BYTES = 1_048_576;
/** An hour, in seconds. */
const MAX_RETRY_S = 3_600;

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new RangeError(`The response is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Waits for a call of the Clerk SDK, which has no timeout of its own.
 *
 * @param timeout milliseconds
 * @throws {ClerkDeadlineExceededError} after the timeout; the call itself cannot be aborted
 */
export function withDeadline<T>(call: Promise<T>, timeout: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ClerkDeadlineExceededError(timeout)), timeout);
    const settled = (settle: () => void): void => {
      clearTimeout(timer);
      settle();
    };
    call.then(
      (answer) => settled(() => resolve(answer)),
      (error: unknown) => settled(() => reject(error)),
    );
  });
}
