import type { ModuleRef } from '@nestjs/core';
import { AccessFacts, CredentialFacts } from '../../access/access-facts.js';
import type { AccessRule } from '../../access/access-rule.js';
import { requirementsForOAuth } from '../../access/oauth-requirements.js';
import type { RequestAccess } from '../../access/request-access.js';
import { needsOrganization, scopesOf } from '../../access/scopes.js';
import { resolveOptional } from '../../request/resolve-optional.js';
import type { SignInMode, SignInOption } from '../mcp-options.js';
import type { ListName } from '../protocol/methods.js';
import type { CatalogEntry } from './catalog-entry.js';
import type { EntryTable, RuledEntry } from './entry-table.js';

/** An entry with its definition, as lists show it. */
export interface DefinedEntry extends RuledEntry {
  readonly definition: object;
}

interface SignInParts {
  readonly option: SignInOption;
  /** Path of the endpoint, without leading and trailing slashes. */
  readonly path: string;
  /** The tables of its entries. */
  readonly tables: readonly EntryTable<CatalogEntry>[];
  readonly findFacts: () => AccessFacts | undefined;
}

/** How an endpoint asks anonymous callers to sign in, and what it shows them before. */
export class SignIn {
  /** The mode of the catalog as it was; the lists of rules are new ones when an entry changes. */
  private found: { readonly rules: readonly RuleList[]; readonly mode: SignInMode } | undefined;
  private facts: AccessFacts | undefined;
  private readonly acceptance = new WeakMap<AccessRule, boolean>();

  constructor(private readonly parts: SignInParts) {}

  /** @param path of the endpoint */
  static of(
    { tools, resources, resourceTemplates, prompts }: Record<ListName, EntryTable<CatalogEntry>>,
    option: SignInOption,
    path: string,
    moduleRef: ModuleRef,
  ): SignIn {
    return new SignIn({
      option,
      path,
      tables: [tools, resources, resourceTemplates, prompts],
      findFacts: () => resolveOptional(moduleRef, AccessFacts),
    });
  }

  /** The mode now: the catalog may change while the server runs. */
  get mode(): SignInMode {
    const { option, tables } = this.parts;
    if (option !== 'auto') return option;
    const { found } = this;
    if (found && tables.every(({ rules }, index) => rules === found.rules[index])) {
      return found.mode;
    }
    const rules = tables.map((table) => table.rules);
    const mode = modeFor(rules.flat());
    this.found = { rules, mode };
    return mode;
  }

  /**
   * The condition for entries that a caller is shown although it may not use them.
   *
   * @returns `undefined` if there are none
   */
  offersTo(access: RequestAccess, mode: SignInMode): ((entry: RuledEntry) => boolean) | undefined {
    return mode === 'offer' && access.isAnonymous ? this.isOffered : undefined;
  }

  /** Whether lists name an entry to anonymous callers who may not use it. */
  isOfferedToAnonymous(entry: RuledEntry): boolean {
    return this.mode === 'offer' && this.isOffered(entry);
  }

  /** The definition of an entry in a list: tools say how to sign in, where that is offered. */
  define(list: ListName, { definition, access }: DefinedEntry, mode: SignInMode): object {
    const schemes =
      mode === 'offer' && list === 'tools' ? this.schemesOf(definition, access) : undefined;
    if (schemes === undefined) return definition;
    const meta: unknown = Reflect.get(definition, '_meta');
    return {
      ...definition,
      [SECURITY_SCHEMES]: schemes,
      _meta: { ...(meta as object | undefined), [SECURITY_SCHEMES]: schemes },
    };
  }

  /** Distinguishes what callers with the same rights are shown: a key for prepared lists. */
  viewOf(access: RequestAccess, mode: SignInMode): string {
    if (mode !== 'offer') return '';
    return `${access.isAnonymous ? 'offered' : 'signed in'} ${this.publishedScopes().join(' ')}`;
  }

  private readonly isOffered = ({ access, listed }: RuledEntry): boolean =>
    listed !== 'callable' && this.acceptsOAuth(access);

  private acceptsOAuth(rule: AccessRule): boolean {
    let accepts = this.acceptance.get(rule);
    if (accepts === undefined) {
      accepts = this.requirementsOf(rule) !== undefined;
      this.acceptance.set(rule, accepts);
    }
    return accepts;
  }

  /** @see https://developers.openai.com/apps-sdk/build/auth */
  private schemesOf(definition: object, access: AccessRule): unknown {
    const meta: unknown = Reflect.get(definition, '_meta');
    const written: unknown =
      typeof meta === 'object' && meta ? Reflect.get(meta, SECURITY_SCHEMES) : undefined;
    if (written !== undefined) return written;
    if (access.kind === 'public') return NO_AUTH;
    const requirements = this.requirementsOf(access);
    if (!requirements) return undefined;
    const named = requirements.flatMap(scopesOf);
    const scopes = new Set(named.length > 0 ? named : this.publishedScopes());
    const organization = this.factsNow().organizationScope();
    if (organization !== undefined && requirements.some(needsOrganization)) {
      scopes.add(organization);
    }
    return [{ type: 'oauth2', scopes: [...scopes] }];
  }

  private requirementsOf(rule: AccessRule): ReturnType<typeof requirementsForOAuth> {
    const tokenType = this.factsNow().oauthTokenType();
    return tokenType === undefined ? undefined : requirementsForOAuth(rule, tokenType);
  }

  private publishedScopes(): readonly string[] {
    return this.factsNow().publishedScopes(this.parts.path) ?? [];
  }

  /** Found late: the authentication module may be initialized after this one. */
  private factsNow(): AccessFacts {
    this.facts ??= this.parts.findFacts() ?? new CredentialFacts();
    return this.facts;
  }
}

type RuleList = readonly AccessRule[];

function modeFor(rules: RuleList): SignInMode {
  const closed = rules.filter(({ kind }) => kind === 'protected').length;
  if (closed === 0) return 'none';
  return closed === rules.length ? 'connect' : 'offer';
}

/** Member of a tool, and of its `_meta`, for clients that drop members that they do not know. */
const SECURITY_SCHEMES = 'securitySchemes';
const NO_AUTH = [{ type: 'noauth' }] as const;

/** What a mode means for clients, for logs and screens. */
export function describeSignIn(mode: SignInMode): string {
  return MEANINGS[mode];
}

const MEANINGS = {
  connect: 'anonymous clients are asked to sign in when they connect',
  offer:
    'anonymous clients connect, see the protected entries, and are asked to sign in when they use one',
  call: 'anonymous clients connect, see the public entries only, and are asked to sign in when they use another',
  none: 'nobody is asked to sign in, because no entry is protected',
} as const satisfies Record<SignInMode, string>;
