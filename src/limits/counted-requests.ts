import { inProcessCallOf } from '../access/in-process-call.js';
import { createPrivateMember } from '../request/private-member.js';
import { carrierOf } from '../request/request-record.js';

/**
 * The calls that were counted when their request reached the endpoint, so that the handlers do not count
 * them again. Later calls on behalf of the request are counted, such as those of a task that asks for
 * input.
 */
export class CountedRequests {
  private readonly calls = createPrivateMember<Map<string | undefined, number>>();

  /**
   * Stores that the calls of a request were counted.
   *
   * @param throttler name of the throttler that counted them
   * @param calls number of calls in the request
   */
  note(request: object, throttler: string | undefined, calls: number): void {
    const carrier = carrierOf(request);
    const counted = this.calls.get(carrier) ?? new Map<string | undefined, number>();
    this.calls.set(carrier, counted.set(throttler, calls));
  }

  /** Whether a call was already counted with its request. Each `true` uses up one counted call. */
  take(request: object, throttler: string | undefined): boolean {
    // A call of a route was counted with the request that it came with.
    const counted = this.calls.get(carrierOf(inProcessCallOf(request)?.origin ?? request));
    const left = counted?.get(throttler) ?? 0;
    if (left > 0) counted?.set(throttler, left - 1);
    return left > 0;
  }
}
