/** A value that may be known at once: most decisions are, and cost no turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on at once where the value is known, and later where it is not. */
export function andThen<T, R>(
  value: MaybePromise<T>,
  then: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/** All values, at once where all are known. */
export function allOf<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
  return values.some((value) => value instanceof Promise)
    ? Promise.all(values)
    : (values as readonly T[]); // None is a promise.
}

/**
 * Goes on with what comes of a step, or with what it throws, now or later. What the continuation itself
 * throws is not the step's, and goes to whoever asked.
 */
export function settle<T, R>(
  step: () => MaybePromise<T>,
  failed: (error: unknown) => MaybePromise<R>,
  succeeded: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  let value: MaybePromise<T>;
  try {
    value = step();
  } catch (error) {
    return failed(error);
  }
  return value instanceof Promise ? value.then(succeeded, failed) : succeeded(value);
}

/** What comes of a step, or of its failure, now or later. */
export function catchError<T, F>(
  step: () => MaybePromise<T>,
  failed: (error: unknown) => MaybePromise<F>,
): MaybePromise<T | F> {
  let value: MaybePromise<T>;
  try {
    value = step();
  } catch (error) {
    return failed(error);
  }
  return value instanceof Promise ? value.catch(failed) : value;
}
