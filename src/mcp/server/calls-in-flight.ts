import type { RequestId } from '@modelcontextprotocol/server';

/** A request that has not been answered. */
export interface CallInFlight {
  /** Ends the call and its HTTP response. The client does not wait for a result any more. */
  cancel(reason?: string): void;
}

/**
 * The requests of one session that run at the moment, on the fast path and through the SDK, by the
 * ids that the client chose. `1` and `"1"` are different ids.
 */
export class CallsInFlight {
  private readonly calls = new Map<RequestId, CallInFlight>();

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

  clear(): void {
    this.calls.clear();
  }
}
