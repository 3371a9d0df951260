import { invalidToken } from './token-refusals.js';

/** What {@link checkAudience} holds `aud` against. */
export interface AudienceRule {
  /** Values of which one must be named. */
  readonly accepted: readonly string[];
  /** Whether a token that names no audience passes. */
  readonly mayBeMissing: boolean;
}

/**
 * Checks the audience of a token. One that is made out to somebody else never passes.
 *
 * @throws {AccessRefusedError} `invalid_token`
 */
export function checkAudience(aud: unknown, rule: AudienceRule): void {
  const named = aud === undefined || aud === null ? [] : [aud].flat();
  if (named.length === 0) {
    if (rule.mayBeMissing) return;
    throw invalidToken(
      'The access token names no audience. Ask for it with the "resource" parameter of RFC 8707.',
    );
  }
  if (!rule.accepted.some((accepted) => named.includes(accepted))) {
    throw invalidToken('The access token was issued for another resource.');
  }
}
