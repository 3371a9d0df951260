import { isLoopbackHost } from '../../../clerk/origin.js';
import { listenRequest } from '../mcp-requests.js';
import { type Check, failure, ok, warning } from '../report.js';

/**
 * Opens the stream of `subscriptions/listen` and watches it: whether its first event comes at once, and
 * whether the comments arrive that keep it open. A proxy that buffers answers holds both.
 */
export async function checkStream(setup: StreamSetup): Promise<Check> {
  const stopped = AbortSignal.any([setup.stopped, AbortSignal.timeout(setup.streamMs)]);
  let response: Response;
  try {
    response = await fetch(setup.resource, {
      ...listenRequest(tokenFor(setup)),
      redirect: 'manual',
      signal: stopped,
    });
  } catch (error) {
    // A proxy that buffers keeps the headers as well.
    if (setup.stopped.aborted) return ended();
    return isTimeout(error) ? buffered(setup) : broken(error);
  }
  if (!isEventStream(response)) {
    await response.body?.cancel();
    return notOpened(response.status, tokenFor(setup) !== undefined);
  }
  return watch(response, setup, stopped);
}

/** Input of {@link checkStream}. */
export interface StreamSetup {
  /** URL of the endpoint. */
  readonly resource: string;
  /** Access token; `undefined` for none. */
  readonly token: string | undefined;
  /** How long the stream is watched at most, in milliseconds. */
  readonly streamMs: number;
  /** Ends the stream when it aborts. */
  readonly stopped: AbortSignal;
}

const NAME = 'stream';

async function watch({ body }: Response, setup: StreamSetup, stopped: AbortSignal): Promise<Check> {
  const seen = new SeenStream();
  try {
    for await (const chunk of body ?? []) {
      seen.add(chunk);
      if (seen.hasComment) break;
    }
  } catch (error) {
    if (setup.stopped.aborted) return ended();
    if (!stopped.aborted) return seen.hasEvent ? closed() : broken(error);
    return seen.hasEvent ? unconfirmed(setup) : buffered(setup);
  }
  if (seen.hasComment) return passed();
  if (seen.hasEvent) return closed();
  const cure = 'Read the log of the server, and compare the answer without the proxy.';
  return failure(NAME, 'The stream was closed without an event', cure);
}

/** What came of a stream. Of its content only the last line is kept. */
class SeenStream {
  hasEvent = false;
  hasComment = false;
  #line = '';
  readonly #decoder = new TextDecoder();

  add(chunk: Uint8Array): void {
    const lines = `${this.#line}${this.#decoder.decode(chunk, { stream: true })}`.split(
      /\r\n|[\r\n]/,
    );
    this.#line = (lines.pop() ?? '').slice(0, MAX_LINE);
    this.hasEvent ||= lines.some((line) => line.startsWith('data:'));
    this.hasComment ||= lines.some((line) => line.startsWith(':'));
  }
}

/** Characters. Only the beginning of a line matters. */
const MAX_LINE = 10;

function passed(): Check {
  return ok(NAME, 'Events and the comments that keep a stream open arrive at once');
}

/** With or without the end of the answer: proxies do either when a time is over. */
function closed(): Check {
  return failure(
    NAME,
    'A stream was closed before the server sent its first comment, within 15 seconds: something in front of it has a shorter time-out',
    'Raise the time-outs of the proxy for idle connections and for whole answers above 30 seconds.',
  );
}

function ended(): Check {
  return warning(NAME, 'The command was stopped while it watched a stream', 'Run it again.');
}

function unconfirmed({ streamMs }: StreamSetup): Check {
  if (streamMs < COMMENT_MS) {
    return warning(
      NAME,
      `Events arrive at once. The stream was watched for ${streamMs / 1_000} seconds, too short for the first comment`,
      'Pass --stream-seconds 20 or more.',
    );
  }
  return failure(
    NAME,
    `Events arrive, but no comment in ${streamMs / 1_000} seconds: something in front of the server keeps them, and idle streams will be closed`,
    'Turn off buffering and compression of text/event-stream in the proxy.',
  );
}

/** The server sends a comment after 15 seconds without an event. */
const COMMENT_MS = 16_000;

function buffered({ streamMs }: StreamSetup): Check {
  return failure(
    NAME,
    `No event of a stream arrived in ${streamMs / 1_000} seconds: something in front of the server buffers answers`,
    'Turn off buffering and compression of text/event-stream in the proxy, and let X-Accel-Buffering pass.',
  );
}

function notOpened(status: number, hasToken: boolean): Check {
  if (status === 401 && !hasToken) {
    return warning(
      NAME,
      'The server asks for a sign-in, so that the buffering of streams is not checked',
      'Pass an access token with --token < token.txt.',
    );
  }
  const message = `A stream could not be opened (${status}), so that buffering is not checked`;
  const cure =
    status === 401 ? 'Pass a token that the server accepts.' : 'Read the log of the server.';
  return warning(NAME, message, cure);
}

function broken(error: unknown): Check {
  const { cause } = error instanceof Error ? error : {};
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  const cure = 'Let the proxy keep connections open while an answer is sent.';
  return failure(NAME, `The connection broke while a stream was open${reason}`, cure);
}

/** A token is not sent readably over a network. */
function tokenFor({ resource, token }: StreamSetup): string | undefined {
  const { protocol, hostname } = new URL(resource);
  return protocol === 'https:' || isLoopbackHost(hostname) ? token : undefined;
}

function isEventStream({ status, headers }: Response): boolean {
  return status === 200 && (headers.get('content-type') ?? '').startsWith('text/event-stream');
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
