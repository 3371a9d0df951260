import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { type MaybePromise, andThen } from '../../request/value-or-promise.js';

/** Whether a request or a call may go on. May throw what answers it. */
export type GuardCheck = (context: ExecutionContext) => MaybePromise<boolean>;

/** Asks a guard as Nest does: any truthy result passes. */
export function checkOf(guard: CanActivate): GuardCheck {
  return (context) => {
    const returned: unknown = guard.canActivate(context);
    return typeof returned === 'boolean' ? returned : awaitResult(returned);
  };
}

/** Nest 11 lets pass what a guard promises to observe; Nest 12 observes it. */
async function awaitResult(returned: unknown): Promise<boolean> {
  const value = await returned;
  return Boolean(isObservable(value) ? await lastValueFrom(value) : value);
}

/** Runs checks in their order. The first that does not return `true` ends the run. */
export function runChecks(
  checks: readonly GuardCheck[],
  context: ExecutionContext,
  first = 0,
): MaybePromise<boolean> {
  for (let at = first; at < checks.length; at += 1) {
    const result = checks[at]?.(context) ?? false;
    if (result instanceof Promise) {
      return andThen(result, (passed) => passed && runChecks(checks, context, at + 1));
    }
    if (!result) return false;
  }
  return true;
}
