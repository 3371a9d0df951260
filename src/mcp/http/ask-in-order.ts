import type { CanActivate } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import type { MaybePromise } from '../../access/maybe-promise.js';

/**
 * Asks guards in their order; the first that says no ends it.
 *
 * @param count of the guards
 * @param ask asks one of them
 */
export function askInOrder(
  count: number,
  ask: (at: number) => MaybePromise<boolean>,
  first = 0,
): MaybePromise<boolean> {
  for (let at = first; at < count; at += 1) {
    const verdict = ask(at);
    // Most know at once. After one that does not, the others are asked in turn.
    if (verdict instanceof Promise) {
      return verdict.then((yes) => yes && askInOrder(count, ask, at + 1));
    }
    if (!verdict) return false;
  }
  return true;
}

/** What a guard says. Anything but a boolean has to be waited for: what is no boolean is no yes. */
export function verdictOf(said: ReturnType<CanActivate['canActivate']>): MaybePromise<boolean> {
  if (typeof said === 'boolean') return said;
  return isObservable(said) ? lastValueFrom(said) : Promise.resolve(said);
}
