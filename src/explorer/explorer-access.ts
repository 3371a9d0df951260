import { BadRequestException, Injectable, NotFoundException } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { z } from 'zod';
import { AccessControl } from '../access/access-control.js';
import type { AccessRequirement, AccessRule } from '../access/access-rule.js';
import { authenticateToken } from '../access/authenticate-token.js';
import {
  describeRule,
  explainRefusal,
  explainRule,
  type ExplainingParts,
} from '../access/explain-rule.js';
import type { ExplainedRefusal, RuleExplanation } from '../access/rule-explanation.js';
import { RefusalResponder } from '../access/refusal-responder.js';
import { RequestAccess } from '../access/request-access.js';
import type { CatalogEntry, CatalogTool } from '../mcp/catalog/catalog-entry.js';
import type { McpServerParts } from '../mcp/catalog/mcp-servers.js';
import { TokenAuthenticator } from '../request/authentication.js';
import type { Principal } from '../request/principal.js';
import { hostOf } from '../request/request-host.js';
import { principalFrom, StatedPrincipal } from './stated-principal.js';
import type {
  AccessMatrix,
  CallerAnswer,
  DescribedPrincipal,
  MatrixColumn,
  MatrixEntry,
} from './explorer-answers.js';
import { ExplorerSettings } from './explorer-settings.js';

/** Who may use which entry of a server, and why: the decisions that guard its calls. */
@Injectable()
export class ExplorerAccess {
  constructor(
    private readonly control: AccessControl,
    private readonly moduleRef: ModuleRef,
    private readonly settings: ExplorerSettings,
  ) {}

  /**
   * Decides each rule for each caller.
   *
   * @param asked {@link MatrixRequest}, to be checked
   * @param onlyFor leaves out the entries that this principal may not use. Default: every entry
   */
  async matrix(
    server: McpServerParts,
    asked: unknown,
    request: object,
    onlyFor?: Principal,
  ): Promise<AccessMatrix> {
    const parsed = MatrixRequest.safeParse(asked);
    if (!parsed.success) throw new BadRequestException(z.prettifyError(parsed.error));
    const entries = await this.entriesOf(server, onlyFor);
    const rules = [...new Set(entries.map(({ entry }) => entry.access))];
    const parts = this.partsFor(server, request);
    return {
      rules: rules.map((rule) => ({ text: describeRule(rule), short: shortRule(rule) })),
      entries: entries.map(({ kind, entry }) => describeEntry(kind, entry, rules, server)),
      callers: await inTurn(parsed.data.callers, (caller) => this.column(parts, rules, caller)),
    };
  }

  /** Describes the principal of a token, or says why it is refused. */
  async caller(server: McpServerParts, token: string, request: object): Promise<CallerAnswer> {
    const result = await authenticateToken(this.authenticator, token, server.path);
    if (!result.refusal) return { caller: describePrincipal(result.principal) };
    return { refusal: explainRefusal(this.partsFor(server, request), result.refusal) };
  }

  /** The principal of a token; `undefined` if it is refused. */
  async principalOf(token: string, path: string): Promise<Principal | undefined> {
    return (await authenticateToken(this.authenticator, token, path)).principal;
  }

  /** The definition of an entry, as lists show it to those who may use it. */
  definition({ catalog }: McpServerParts, kind: unknown, key: unknown): object {
    const [, table] = KINDS.find(([one]) => one === kind) ?? [];
    const entry = table && typeof key === 'string' ? catalog[table].get(key) : undefined;
    if (entry) return entry.definition;
    throw new NotFoundException('There is no such entry.');
  }

  private async column(
    parts: ExplainingParts,
    rules: readonly AccessRule[],
    { id, token, stated }: AskedCaller,
  ): Promise<MatrixColumn> {
    const result =
      token === undefined
        ? undefined
        : await authenticateToken(this.authenticator, token, parts.path);
    if (result?.refusal) {
      const refusal = explainRefusal(parts, result.refusal);
      // A refused token is refused at public entries, too.
      return { id, caller: null, refusal, cells: rules.map(() => refused(refusal)) };
    }
    const principal = stated
      ? principalFrom(stated, this.settings.clerk.issuer)
      : result?.principal;
    const isStated = stated !== undefined;
    const cells = await inTurn(rules, (rule) => explainRule(parts, rule, principal, isStated));
    return { id, caller: principal ? describePrincipal(principal) : null, cells };
  }

  private async entriesOf(
    { catalog }: McpServerParts,
    onlyFor: Principal | undefined,
  ): Promise<readonly { readonly kind: EntryKind; readonly entry: CatalogEntry }[]> {
    const entries = KINDS.flatMap(([kind, table]) =>
      catalog[table].all.map((entry: CatalogEntry) => ({ kind, entry })),
    );
    if (!onlyFor) return entries;
    const rules = [...new Set(entries.map(({ entry }) => entry.access))];
    const allowed = await RequestAccess.withoutRequest(this.control, onlyFor).allowed(rules);
    return entries.filter(({ entry }) => allowed.has(entry.access));
  }

  private partsFor({ path }: McpServerParts, request: object): ExplainingParts {
    const responder = this.moduleRef.get(RefusalResponder, { strict: false });
    return { control: this.control, responder, path, host: hostOf(request) };
  }

  private get authenticator(): TokenAuthenticator {
    return this.moduleRef.get(TokenAuthenticator, { strict: false });
  }
}

const AskedCaller = z.strictObject({
  id: z.string().max(100),
  /** Access token. Default: an anonymous caller, or the stated one. */
  token: z.string().min(1).max(16_384).optional(),
  stated: StatedPrincipal.optional(),
});
type AskedCaller = z.infer<typeof AskedCaller>;

const MatrixRequest = z.object({ callers: z.array(AskedCaller).max(20) });

type EntryKind = MatrixEntry['kind'];

const KINDS = [
  ['tool', 'tools'],
  ['resource', 'resources'],
  ['template', 'resourceTemplates'],
  ['prompt', 'prompts'],
] as const;

function describeEntry(
  kind: EntryKind,
  entry: CatalogEntry,
  rules: readonly AccessRule[],
  { catalog }: McpServerParts,
): MatrixEntry {
  const definition: unknown = Reflect.get(entry, 'definition');
  const { title, name } = Object(definition) as { readonly title?: string; readonly name?: string };
  return {
    kind,
    key: entry.key,
    title: title ?? name ?? entry.key,
    source: entry.source,
    rule: rules.indexOf(entry.access),
    offered: catalog.signIn.isOfferedToAnonymous(entry),
    ...(kind === 'tool' && taskOf(entry as CatalogTool)),
  };
}

function taskOf({ task }: CatalogTool): Pick<MatrixEntry, 'task'> {
  return task ? { task: task.support } : {};
}

/** Without the claims, which may hold anything. */
function describePrincipal(principal: Principal): DescribedPrincipal {
  const { claims: _claims, expiresAt, ...rest } = principal;
  return { ...rest, ...(Number.isFinite(expiresAt) && { expiresAt }) };
}

function refused(refusal: ExplainedRefusal): RuleExplanation {
  return { allowed: false, conditions: [], refusal };
}

/** A rule in a few words, for a narrow column. */
function shortRule(rule: AccessRule): string {
  if (rule.kind === 'public') return 'everybody';
  return rule.requirements.map(shortRequirement).join(', ') || 'signed in';
}

function shortRequirement(requirement: AccessRequirement): string {
  switch (requirement.kind) {
    case 'scopes':
      return requirement.scopes.join(requirement.mode === 'any' ? ' or ' : ', ');
    case 'role':
      return requirement.role.replace(/^org:/, '');
    case 'permission':
      return `may ${requirement.permission.replace(/^org:/, '')}`;
    case 'organization':
      return 'in an organization';
    case 'feature':
      return `feature ${requirement.feature}`;
    case 'plan':
      return `plan ${requirement.plan}`;
    case 'reverification':
      return 'verified lately';
    case 'tokens':
      return requirement.tokens.join(' or ').replaceAll('_token', '');
    case 'no_impersonation':
      return 'no impersonation';
    case 'policy':
      return requirement.name;
    case 'any_of':
      return requirement.alternatives
        .map((one) => one.map(shortRequirement).join(' and ') || 'signed in')
        .join(' or ');
    case 'by_token':
      return shortByToken(requirement.byToken);
  }
}

/** What an OAuth client needs comes first: it is whom most rules are for. */
function shortByToken(byToken: Readonly<Record<string, readonly AccessRequirement[]>>): string {
  const kinds = Object.entries(byToken).toSorted(
    ([one], [other]) => Number(other === 'oauth_token') - Number(one === 'oauth_token'),
  );
  return kinds
    .map(([kind, all]) => {
      const needed = all.map(shortRequirement).join(', ') || 'signed in';
      return `${kind.replace('_token', '')}: ${needed}`;
    })
    .join('; ');
}

/** One after the other: policies and Clerk are asked for many callers at once otherwise. */
async function inTurn<T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  // oxlint-disable-next-line no-await-in-loop -- in turn
  for (const item of items) results.push(await run(item));
  return results;
}
