import type { ServerResponse } from 'node:http';
import type { Principal } from '../../access/principal.js';
import { ownerKey } from './session-directory.js';

/**
 * The streams that are open now: how many each principal has, and until when. A stream ends with the
 * token that it was opened with; the client comes back with a fresh one.
 */
export class OpenStreams {
  private readonly counts = new Map<string | undefined, number>();

  /** @param maxPerPrincipal anonymous callers share eight times as many */
  constructor(private readonly maxPerPrincipal: number) {}

  get size(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Whether this caller may open one more. */
  hasRoomFor(principal: Principal | undefined): boolean {
    const max = principal ? this.maxPerPrincipal : this.maxPerPrincipal * ANONYMOUS_SHARE;
    return (this.counts.get(ownerKey(principal)) ?? 0) < max;
  }

  /** Counts a stream until its response closes, and closes it when the token expires. */
  track(response: ServerResponse, principal: Principal | undefined): void {
    const owner = ownerKey(principal);
    this.count(owner, 1);
    const cancel = atExpiry(principal, () => response.end());
    const release = () => {
      cancel();
      this.count(owner, -1);
    };
    if (response.closed) release();
    else response.once('close', release);
  }

  private count(owner: string | undefined, change: 1 | -1): void {
    const count = (this.counts.get(owner) ?? 0) + change;
    if (count > 0) this.counts.set(owner, count);
    else this.counts.delete(owner);
  }
}

const ANONYMOUS_SHARE = 8;
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
