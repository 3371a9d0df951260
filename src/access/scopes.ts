import { type AccessRequirement, type AccessRule, requirementsIn } from './access-rule.js';
import type { Refusal } from './refusal.js';

/** Whether a value is one scope: printable ASCII without spaces, quotes and backslashes (RFC 6749 §3.3). */
export function isScopeToken(value: unknown): value is string {
  return typeof value === 'string' && SCOPE_TOKEN.test(value);
}

const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** What is wrong with a configured list of scopes, to follow its name; `undefined` if nothing is. */
export function scopesProblem(scopes: unknown): string | undefined {
  if (!Array.isArray(scopes)) {
    return `is ${quoted(scopes)}. Use a list, such as ['profile', 'email'], or the word 'catalog'.`;
  }
  const list: readonly unknown[] = scopes;
  if (list.includes('')) return 'has an empty entry. Remove it.';
  const wrong = list.findIndex((scope) => !isScopeToken(scope));
  if (wrong !== -1) {
    return `contains ${quoted(list[wrong])}: a scope has no spaces, quotes, backslashes and non-ASCII characters (RFC 6749 §3.3). Give each scope as an entry of its own.`;
  }
  const twice = list.find((scope, index) => list.indexOf(scope) !== index);
  if (twice !== undefined) return `contains ${quoted(twice)} twice. Remove one of them.`;
  if (!list.includes('catalog')) return undefined;
  return "contains 'catalog' as an entry. Use the word alone: it stands for profile, email and the scopes that the access rules need.";
}

/** A configured value in a message, shortened. */
function quoted(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}

const MAX_QUOTED = 80;

/**
 * Adds the scopes of the credential to a refusal for missing scopes, unless it has them.
 *
 * @param granted `undefined` if the credential carries no scopes
 */
export function withGranted(refusal: Refusal, granted: readonly string[] | undefined): Refusal {
  if (refusal.reason !== 'insufficient_scope' || refusal.granted || !granted) return refusal;
  const { reason, scopes, clientAddsUp } = refusal;
  return clientAddsUp === undefined
    ? { reason, scopes, granted }
    : { reason, scopes, granted, clientAddsUp };
}

/**
 * The scopes that a challenge for missing scopes names. The new token replaces the old one: unless the
 * client itself adds up, the granted scopes are requested again. They come from a token, so only valid
 * ones are used, up to 2,048 characters.
 */
export function scopesToRequest({
  scopes,
  granted = [],
  clientAddsUp,
}: Extract<Refusal, { reason: 'insufficient_scope' }>): readonly string[] {
  if (clientAddsUp) return scopes;
  return [...new Set([...bounded(granted), ...scopes])];
}

/** A client that registers itself at Clerk holds at most 1,024 characters. */
const MAX_GRANTED = 2_048;

function bounded(granted: readonly string[]): readonly string[] {
  let characters = 0;
  return granted.filter((scope) => {
    if (!isScopeToken(scope) || characters + scope.length > MAX_GRANTED) return false;
    characters += scope.length + 1;
    return true;
  });
}

/**
 * The scopes that challenges of these rules can name: what a client has to hold so that it can use
 * everything. Of several scopes that each are enough, it is the first.
 */
export function scopesNeeded(
  rules: readonly AccessRule[],
  { tokenType, organizationScope }: ScopeFacts,
): readonly string[] {
  const needed = rules
    .flatMap((rule) => requirementsIn(rule, tokenType))
    .flatMap((one) => {
      if (needsOrganization(one)) return [organizationScope ?? []].flat();
      return scopesOf(one);
    });
  return [...new Set(needed)];
}

/** What the authentication module knows about scopes. */
interface ScopeFacts {
  /** Kind of credential that scopes are requested for. Default: every kind. */
  readonly tokenType?: string | undefined;
  /** The scope that puts an organization into such a credential. Default: none is needed. */
  readonly organizationScope?: string | undefined;
}

/** The scopes that a requirement names; of several that each are enough, the first. */
export function scopesOf(requirement: AccessRequirement): readonly string[] {
  if (requirement.kind !== 'scopes') return [];
  const { mode, scopes } = requirement;
  return mode === 'all' ? scopes : scopes.slice(0, 1);
}

/** Whether no credential without an organization meets a requirement. */
export function needsOrganization({ kind }: AccessRequirement): boolean {
  return kind === 'organization' || kind === 'role' || kind === 'permission';
}
