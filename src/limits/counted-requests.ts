import { inProcessCallOf } from '../access/in-process-call.js';
import { createPrivateMember } from '../request/private-member.js';
import { carrierOf } from '../request/request-record.js';

/**
 * The calls that were counted when their request reached the endpoint, so that the handlers do not count
 * them again. Later calls on behalf of the request are counted, such as those of a task that asks for
 * input.
 */
export class CountedRequests {
  private readonly calls = createPrivateMember<CountedCalls>();

  /**
   * Stores that the calls of a request were counted.
   *
   * @param throttler name of the throttler that counted them
   * @param calls number of calls in the request
   */
  note(request: object, throttler: string | undefined, calls: number): void {
    const carrier = carrierOf(request);
    this.calls.set(carrier, { throttler, left: calls, before: this.calls.get(carrier) });
  }

  /** Whether a call was already counted with its request. Each `true` uses up one counted call. */
  take(request: object, throttler: string | undefined): boolean {
    // A call of a route was counted with the request that it came with.
    let counted = this.calls.get(carrierOf(inProcessCallOf(request)?.origin ?? request));
    while (counted && counted.throttler !== throttler) counted = counted.before;
    if (!counted || counted.left === 0) return false;
    counted.left -= 1;
    return true;
  }
}

/** The calls of a request that one throttler has counted. */
interface CountedCalls {
  readonly throttler: string | undefined;
  /** Those that no handler has taken. */
  left: number;
  /** Those of the throttler before; a map for each request would take several times as much memory. */
  readonly before: CountedCalls | undefined;
}
