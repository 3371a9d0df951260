import { createPrivateMember } from '../request/private-member.js';
import { carrierOf } from '../request/request-record.js';

/**
 * Calls that were counted with their request at the endpoint, so that they are not counted again at the
 * handlers that they reach. What calls on behalf of a request past that counts by itself, such as a task
 * that asks for input.
 */
export class CountedRequests {
  private readonly calls = createPrivateMember<Map<string | undefined, number>>();

  /**
   * @param throttler by whose name the request was counted
   * @param calls that it stands for
   */
  note(request: object, throttler: string | undefined, calls: number): void {
    const carrier = carrierOf(request);
    const counted = this.calls.get(carrier) ?? new Map<string | undefined, number>();
    this.calls.set(carrier, counted.set(throttler, calls));
  }

  /** Whether a call has been counted with its request. Each takes one of those that were. */
  take(request: object, throttler: string | undefined): boolean {
    const counted = this.calls.get(carrierOf(request));
    const left = counted?.get(throttler) ?? 0;
    if (left > 0) counted?.set(throttler, left - 1);
    return left > 0;
  }
}
