/** A value or a promise of it. Most decisions are synchronous, which saves a turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether `await` waits for a value. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof Reflect.get(value, 'then') === 'function';
}

/** Makes a promise of what `await` would wait for. A promise stays as it is. */
export function toMaybePromise<T>(value: T | PromiseLike<T>): MaybePromise<T> {
  return isThenable(value) ? Promise.resolve(value) : value;
}

/** Like `Promise.then()`, but synchronous if the value is not a promise. */
export function andThen<T, R>(
  value: MaybePromise<T>,
  then: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/** Like `Promise.all()`, but synchronous if no value is a promise. */
export function allOf<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
  return values.some((value) => value instanceof Promise)
    ? Promise.all(values)
    : (values as readonly T[]); // None is a promise.
}

/**
 * Calls `succeeded` with the result of a step, or `failed` with its error; synchronous if the step is.
 * An error of `succeeded` or `failed` itself is thrown to the caller.
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

/** Like `Promise.catch()`, but synchronous if the step is. */
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
