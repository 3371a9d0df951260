import type { AccessFacts } from './access-facts.js';
import { type AccessRequirement, type AccessRule, requirementsIn } from './access-rule.js';
import { needsOrganization } from './scopes.js';

/** An entry or a route with its rule. */
export interface RuledHandler {
  /** Name of a tool, URI of a resource, or `NotesController.list`. */
  readonly name: string;
  readonly access: AccessRule;
}

/** What is wrong, without a full stop, and what to do. */
export interface ScopeWarning {
  readonly message: string;
  readonly cure: string;
}

/** A warning as a line of the log. */
export const lineOf = ({ message, cure }: ScopeWarning): string => `${message}. ${cure}`;

/**
 * Finds rules that no client can meet if it registers itself at the authorization server: it holds the
 * scopes that it registered, and those are the published ones. Each scope is reported once.
 */
export class ScopeWarnings {
  private readonly reported = new Set<string>();

  /**
   * @param facts `undefined` without an authentication module: then nothing is found
   * @param path of the resource
   */
  constructor(
    private readonly facts: AccessFacts | undefined,
    private readonly path: string,
  ) {}

  /**
   * The warnings about rules that were not reported before.
   *
   * @param place of the rules, such as `Entries at /mcp`
   */
  about(place: string, handlers: readonly RuledHandler[]): readonly ScopeWarning[] {
    const { facts } = this;
    const published = facts?.publishedScopes(this.path);
    const tokenType = facts?.oauthTokenType();
    if (!facts || !published || tokenType === undefined) return [];
    const isReachable = (scope: string): boolean =>
      facts.scopesGranting(scope).some((one) => published.includes(one));
    const scopes = this.unreported(handlers, (access) =>
      requirementsIn(access, tokenType).flatMap((one) =>
        one.kind === 'scopes' ? scopesOutside(one, isReachable) : [],
      ),
    );
    const organizationScope = facts.organizationScope() ?? [];
    const organizations = this.unreported(handlers, (access) =>
      alwaysNeedsOrganization(access, tokenType)
        ? [organizationScope].flat().filter((scope) => !published.includes(scope))
        : [],
    );
    return [
      ...describeMissing(scopes, (missing, names) => ({
        message:
          `${place} need scopes that clients are not told to request: ${missing}. ` +
          'A client that registers itself holds only the scopes it registered, and is refused with invalid_scope when it asks for more. ' +
          `They are needed by: ${names}`,
        cure: cure('them'),
      })),
      ...describeMissing(organizations, (scope, names) => ({
        message:
          `${place} need an organization, which is in OAuth access tokens with the scope ${scope} only, ` +
          `and clients are not told to request it: ${names}`,
        cure: cure('it'),
      })),
    ];
  }

  /** The missing scopes that are new, each with the handlers that need it. */
  private unreported(
    handlers: readonly RuledHandler[],
    missingIn: (rule: AccessRule) => readonly string[],
  ): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, readonly string[]>();
    // Many handlers share a rule.
    const byRule = new Map<AccessRule, readonly string[]>();
    for (const handler of handlers) {
      const { access } = handler;
      const missing = byRule.get(access) ?? missingIn(access);
      byRule.set(access, missing);
      for (const scope of missing) {
        if (!this.reported.has(scope))
          found.set(scope, [...(found.get(scope) ?? []), handler.name]);
      }
    }
    for (const scope of found.keys())
      if (this.reported.size < MAX_REPORTED) this.reported.add(scope);
    return found;
  }
}

/** Entries can be added at run time, with new scopes each time. */
const MAX_REPORTED = 1_000;
const MAX_NAMES = 5;

function describeMissing(
  missing: ReadonlyMap<string, readonly string[]>,
  describe: (scopes: string, names: string) => ScopeWarning,
): readonly ScopeWarning[] {
  if (missing.size === 0) return [];
  const names = [...new Set([...missing.values()].flat())];
  const more = names.length > MAX_NAMES ? [`${names.length - MAX_NAMES} more`] : [];
  return [
    describe([...missing.keys()].join(' '), [...names.slice(0, MAX_NAMES), ...more].join(', ')),
  ];
}

const cure = (what: string): string =>
  `Set CLERK_SCOPES=catalog (scopes: 'catalog' of ClerkAuthModule), add ${what} to its option scopes, or create the clients with ${what} at Clerk.`;

/** The scopes of a requirement without which it cannot be met. One reachable scope of several is enough. */
function scopesOutside(
  { scopes, mode }: AccessRequirement & { kind: 'scopes' },
  isReachable: (scope: string) => boolean,
): readonly string[] {
  const outside = scopes.filter((scope) => !isReachable(scope));
  return mode === 'all' || outside.length === scopes.length ? outside : [];
}

/** Only rules that no credential can meet without an organization count, not one of several ways. */
function alwaysNeedsOrganization(access: AccessRule, tokenType: string): boolean {
  if (access.kind === 'public') return false;
  const { requirements } = access;
  if (requirements.some((one) => one.kind === 'tokens' && !one.tokens.includes(tokenType)))
    return false;
  return requirements.some(needsOrganization);
}
