import { createPrivateMember } from './private-member.js';
import { carrierOf } from './request-principal.js';

/** Notes that a request stands for several calls, as a batch does. */
export function noteCalls(request: object, calls: number): void {
  CALLS.set(carrierOf(request), calls);
}

/** How many calls a request stands for. */
export function callsOf(request: object): number {
  return CALLS.get(carrierOf(request)) ?? 1;
}

const CALLS = createPrivateMember<number>();
