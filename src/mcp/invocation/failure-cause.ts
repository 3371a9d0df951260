/**
 * Notes what made a call fail, beside what the client is told of it.
 *
 * @returns the failure
 */
export function noteCause<F extends object>(failure: F, cause: unknown): F {
  CAUSES.set(failure, cause);
  return failure;
}

/** What made a call fail whose result, or error of the protocol, this is. */
export function causeOf(failure: object): unknown {
  return CAUSES.get(failure);
}

const CAUSES = new WeakMap<object, unknown>();
