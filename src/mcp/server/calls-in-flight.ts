import type { RequestId } from '@modelcontextprotocol/server';

/** A request that has not been answered. */
export interface CallInFlight {
  /** Number of its request among all that arrive; 0 for one that is not numbered. */
  readonly arrival: number;
  /** Ends the call and its HTTP response. The client does not wait for a result any more. */
  cancel(reason?: string): void;
}

/**
 * The requests of one session that run at the moment, on the fast path and through the SDK, by the
 * ids that the client chose. `1` and `"1"` are different ids.
 */
export class CallsInFlight {
  private readonly calls = new Map<RequestId, CallInFlight>();
  /** Ids that were cancelled while no call had them, with the arrival of the cancellation. */
  private cancelled: Map<RequestId, number> | undefined;

  get size(): number {
    return this.calls.size;
  }

  get(id: RequestId): CallInFlight | undefined {
    return this.calls.get(id);
  }

  /** Adds a call. The id must be free, or belong to the part of this call that ran before. */
  add(id: RequestId, call: CallInFlight): void {
    this.calls.set(id, call);
  }

  /** Frees the id of a call that has ended; not if another call has it by now. */
  delete(id: RequestId, call: CallInFlight): void {
    if (this.calls.get(id) === call) this.calls.delete(id);
  }

  /**
   * Cancels a call, also one that has arrived and waits for its authentication or an access decision.
   *
   * @param arrival of the request that cancels it
   */
  cancel(id: RequestId, reason: string | undefined, arrival: number): void {
    const call = this.calls.get(id);
    // A call that arrived later is another one, which has the id by now.
    if (call && call.arrival <= arrival) return call.cancel(reason);
    const cancelled = (this.cancelled ??= new Map<RequestId, number>());
    cancelled.delete(id);
    cancelled.set(id, arrival);
    const [oldest] = cancelled.keys();
    if (cancelled.size > MOST_CANCELLED && oldest !== undefined) cancelled.delete(oldest);
  }

  /** Whether a call that arrived then was cancelled before it ran. A later call may use its id. */
  wasCancelled(id: RequestId, arrival: number): boolean {
    const cancelledAt = this.cancelled?.get(id);
    return cancelledAt !== undefined && arrival < cancelledAt;
  }

  clear(): void {
    this.calls.clear();
    this.cancelled = undefined;
  }
}

/** So many cancellations of one session are kept, the latest, for calls that do not run yet. */
const MOST_CANCELLED = 32;
