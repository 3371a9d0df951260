import { createPrivateMember } from '../../access/private-member.js';
import { carrierOf } from '../../access/request-principal.js';

const FAILURES = createPrivateMember<{ readonly error: unknown }>();

/** Makes a request fail once it comes to the guard of the endpoint, as if that had thrown. */
export function failInNest(request: object, error: unknown): void {
  FAILURES.set(carrierOf(request), { error });
}

/** Throws what made a request fail before Nest had it. */
export function throwEarlyFailure(request: object): void {
  const failure = FAILURES.get(carrierOf(request));
  if (failure) throw failure.error;
}
