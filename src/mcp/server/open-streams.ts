import type { ServerResponse } from 'node:http';
import { CallerShares, type Sharer } from '../../access/caller-shares.js';
import { trustedAddressKey } from '../../request/caller-key.js';
import type { Principal } from '../../request/principal.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { whenClosed } from './node-response.js';

/**
 * Limits the open streams of each caller. A stream ends when the token expires that opened it; the
 * client reconnects with a new one.
 */
export class OpenStreams {
  readonly shares: CallerShares;
  private readonly slots = new Map<ServerResponse, Slot>();

  /** @param maxPerPrincipal all anonymous callers together have eight times as many */
  constructor(maxPerPrincipal: number) {
    const anonymous = maxPerPrincipal * ANONYMOUS_SHARE;
    this.shares = new CallerShares({ person: maxPerPrincipal, anonymous });
  }

  get size(): number {
    return this.slots.size;
  }

  /**
   * Whether this caller may open one more.
   *
   * @param address of the caller, if it can be trusted
   * @param earlier a stream that would end
   */
  hasRoomFor(
    principal: Principal | undefined,
    address?: string,
    earlier?: ServerResponse,
  ): boolean {
    const replaced = earlier && this.slots.get(earlier);
    if (replaced) this.shares.release(replaced.sharer);
    const exhausted = this.shares.exhausted({ principal, address });
    if (replaced) this.shares.take(replaced.sharer);
    return exhausted.length === 0;
  }

  /**
   * Counts a stream that opens. Answers in its place if the caller has too many.
   *
   * @param earlier a stream of the caller that ends now, and counts no more
   */
  admit(
    { principal, request }: StreamOpener,
    response: ServerResponse,
    earlier?: ServerResponse,
  ): Response | undefined {
    const address = trustedAddressKey(request);
    if (!this.hasRoomFor(principal, address, earlier)) return tooManyStreams();
    this.track(response, principal, address, earlier);
    return undefined;
  }

  /**
   * Counts a stream until its response closes, and closes it when the token expires.
   *
   * @param earlier a stream that ends now, and counts no more
   */
  track(
    response: ServerResponse,
    principal: Principal | undefined,
    address?: string,
    earlier?: ServerResponse,
  ): void {
    if (earlier) this.slots.get(earlier)?.release();
    const sharer: Sharer = { principal, address };
    this.shares.take(sharer);
    const cancel = atExpiry(principal, () => response.end());
    const release = () => {
      if (!this.slots.delete(response)) return;
      cancel();
      this.shares.release(sharer);
    };
    this.slots.set(response, { sharer, release });
    whenClosed(response, release);
  }
}

/** Who opens a stream, and the request of the HTTP framework. */
interface StreamOpener {
  readonly principal: Principal | undefined;
  readonly request: object;
}

/** The place of an open stream. */
interface Slot {
  readonly sharer: Sharer;
  readonly release: () => void;
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
