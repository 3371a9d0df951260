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
  const names: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const named = aud === undefined || aud === null ? [] : names;
  if (named.length === 0) {
    if (rule.mayBeMissing) return;
    throw invalidToken(
      'The access token names no audience. Ask for it with the "resource" parameter of RFC 8707.',
    );
  }
  // RFC 7519 §4.1.3: a text or a list of texts. What is anything else was not made for us.
  const isList = named.every((name) => typeof name === 'string' && name !== '');
  if (!isList || !rule.accepted.some((accepted) => named.includes(accepted))) {
    throw invalidToken('The access token was issued for another resource.');
  }
}
