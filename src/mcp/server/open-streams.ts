import type { ServerResponse } from 'node:http';
import { CallerShares, type Sharer } from '../../access/caller-shares.js';
import type { Principal } from '../../request/principal.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { whenClosed } from './node-response.js';

/**
 * Limits the open streams of each caller. A stream ends when the token expires that opened it; the
 * client reconnects with a new one.
 */
export class OpenStreams {
  private readonly shares: CallerShares;
  private open = 0;

  /** @param maxPerPrincipal all anonymous callers together have eight times as many */
  constructor(maxPerPrincipal: number) {
    const anonymous = maxPerPrincipal * ANONYMOUS_SHARE;
    this.shares = new CallerShares({ person: maxPerPrincipal, anonymous });
  }

  get size(): number {
    return this.open;
  }

  /**
   * Whether this caller may open one more.
   *
   * @param address of the caller, if it can be trusted
   */
  hasRoomFor(principal: Principal | undefined, address?: string): boolean {
    return this.shares.exhausted({ principal, address }).length === 0;
  }

  /** Counts a stream until its response closes, and closes it when the token expires. */
  track(response: ServerResponse, principal: Principal | undefined, address?: string): void {
    const sharer: Sharer = { principal, address };
    this.shares.take(sharer);
    this.open += 1;
    const cancel = atExpiry(principal, () => response.end());
    const release = () => {
      cancel();
      this.shares.release(sharer);
      this.open -= 1;
    };
    whenClosed(response, release);
  }
}

const ANONYMOUS_SHARE = 8;

/** The answer to a stream over the limit. */
export function tooManyStreams(): Response {
  const body = jsonRpcError(JSON_RPC.serverError, 'Too many open streams. Close one first.');
  return Response.json(body, { status: 429 });
}

/** The longest that a timer of Node can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

function atExpiry(principal: Principal | undefined, then: () => void): () => void {
  if (!principal || principal.expiresAt === Infinity) return () => undefined;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = principal.expiresAt - Date.now();
    if (left <= 0) return then();
    timer = setTimeout(wait, Math.min(left, LONGEST_TIMER));
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}
