import type { IncomingMessage } from 'node:http';
import { BodyRefusedError } from './body-refused.error.js';

/**
 * Answers a refused body once the client has sent it: an answer that comes before may be lost with the
 * connection, which is closed behind it. What comes is read and dropped, for a moment at most; a body
 * that is too slow, or that there is no room for, is not waited for.
 */
export function afterBody(request: IncomingMessage, error: unknown, answer: () => void): void {
  const isWorthWaiting = error instanceof BodyRefusedError && error.statusCode === 400;
  if (!isWorthWaiting || request.complete || request.destroyed) return answer();
  const go = (): void => {
    clearTimeout(timer);
    request.off('end', go).off('close', go);
    answer();
  };
  const timer = setTimeout(go, PATIENCE_MS).unref();
  request.once('end', go).once('close', go).resume();
}

const PATIENCE_MS = 2_000;
