const VISIBILITY = new WeakMap<object, () => Promise<boolean>>();

/** Notes how to find out whether the entry behind a result or an error is listed to its caller. */
export function noteVisibility(answer: object, isListed: () => Promise<boolean>): void {
  VISIBILITY.set(answer, isListed);
}

/**
 * Whether the entry that gave an answer is listed to the caller who got it. What is listed may be
 * used, so an error of something that is not listed is a refusal.
 *
 * @returns `undefined` for anything else than an answer
 */
export async function isListedToCaller(answer: object): Promise<boolean | undefined> {
  return VISIBILITY.get(answer)?.();
}
