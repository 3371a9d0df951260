import { createPrivateMember } from '../access/private-member.js';
import { carrierOf } from '../access/request-principal.js';

/**
 * Requests that were counted at their endpoint, so that they are not counted again at the handler that
 * they call. A request stands for one call: each further one of a batch, or of a task, counts by itself.
 */
export class CountedRequests {
  private readonly names = createPrivateMember<Set<string | undefined>>();

  /** @param throttler by whose name the request was counted */
  note(request: object, throttler: string | undefined): void {
    const carrier = carrierOf(request);
    const names = this.names.get(carrier) ?? new Set();
    this.names.set(carrier, names.add(throttler));
  }

  /** Whether this call has been counted with its request. Asked again, it has not. */
  take(request: object, throttler: string | undefined): boolean {
    return this.names.get(carrierOf(request))?.delete(throttler) ?? false;
  }
}
