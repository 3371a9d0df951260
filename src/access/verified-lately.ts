import type { Reverification } from './access-rule.js';

/**
 * Whether a user verified recently enough, by the rules of Clerk's `has({ reverification })`: without a
 * second factor, the first one is enough.
 *
 * @param ages minutes since the first and the second factor were verified; -1 for one not enrolled
 */
export function isVerifiedLately(
  reverification: Reverification,
  [first, second]: readonly [number, number],
): boolean {
  const { level, afterMinutes } =
    typeof reverification === 'string' ? PRESETS[reverification] : reverification;
  const firstIsFresh = first !== -1 && afterMinutes > first;
  const secondIsFresh = second !== -1 && afterMinutes > second;
  if (level === 'first_factor' || second === -1) return firstIsFresh;
  if (level === 'second_factor') return secondIsFresh;
  return firstIsFresh && secondIsFresh;
}

const PRESETS = {
  strict_mfa: { level: 'multi_factor', afterMinutes: 10 },
  strict: { level: 'second_factor', afterMinutes: 10 },
  moderate: { level: 'second_factor', afterMinutes: 60 },
  lax: { level: 'second_factor', afterMinutes: 1_440 },
} as const satisfies Record<string, Reverification>;
