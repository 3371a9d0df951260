/**
 * Creates an error without a stack, for what callers cause: capturing a stack takes longer than the rest
 * of a refusal, and shows only this package.
 */
export function withoutStack<E extends Error>(create: () => E): E {
  const limit = pauseStacks();
  try {
    return create();
  } finally {
    resumeStacks(limit);
  }
}

/** Makes the next errors have no stack, for constructors: until {@link resumeStacks}. */
export function pauseStacks(): number {
  const { stackTraceLimit } = Error;
  setLimit(0);
  return stackTraceLimit;
}

/** @param limit what {@link pauseStacks} returned */
export function resumeStacks(limit: number): void {
  setLimit(limit);
}

/** An assignment would throw where the limit is read-only, as with `--frozen-intrinsics`. */
function setLimit(limit: number): void {
  Reflect.set(Error, 'stackTraceLimit', limit);
}
