import { Injectable, type Type } from '@nestjs/common';
import {
  AcceptTokens,
  RequirePolicy,
  Authenticated,
  DenyImpersonation,
  Public,
  RequireAnyOf,
  RequireAnyScope,
  RequireByToken,
  RequireFeature,
  RequireOrganization,
  RequirePermission,
  RequirePlan,
  RequireReverification,
  RequireRole,
  RequireScopes,
  VerifyAlways,
} from '../../../src/access/access.decorators.js';
import { AccessPolicy, type AccessPolicyContext } from '../../../src/access/access-policy.js';
import { requirement } from '../../../src/access/requirement.js';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import { ADA } from '../../support/people.js';
import type { Caller } from './callers.js';

/** A policy, and whom it lets in by the lights of the test. */
export interface Policy {
  readonly name: string;
  readonly decorators: readonly MethodDecorator[];
  readonly lets: (caller: Caller) => boolean;
}

/** An own policy that asks another service, and that one Clerk. */
@Injectable()
export class OnlyAda extends AccessPolicy {
  constructor(private readonly clerk: ClerkContext) {
    super();
  }

  override async allows({ principal }: AccessPolicyContext) {
    if (principal.userId === undefined) return { reason: 'This is for people.' };
    const { primaryEmailAddress } = await this.clerk.getUser();
    return primaryEmailAddress?.emailAddress === ADA;
  }
}

const has = ({ scopes = [] }: Caller, scope: string): boolean =>
  scopes.includes(scope) || (scope === 'notes:read' && scopes.includes('notes:write'));
const isAdmin = ({ organization }: Caller): boolean => organization === 'admin';
const isIn = ({ organization }: Caller): boolean =>
  organization !== undefined && organization !== 'none';

export const POLICIES: readonly Policy[] = [
  { name: 'open', decorators: [Public()], lets: () => true },
  { name: 'signed-in', decorators: [Authenticated()], lets: ({ kind }) => kind !== undefined },
  { name: 'silent', decorators: [], lets: ({ kind }) => kind !== undefined },
  {
    name: 'read',
    decorators: [RequireScopes('notes:read')],
    lets: (caller) => has(caller, 'notes:read'),
  },
  {
    name: 'read-and-write',
    decorators: [RequireScopes('notes:read'), RequireScopes('notes:write')],
    lets: (caller) => has(caller, 'notes:write'),
  },
  {
    name: 'any-scope',
    decorators: [RequireAnyScope('email', 'notes:write')],
    lets: (caller) => has(caller, 'email') || has(caller, 'notes:write'),
  },
  { name: 'admin', decorators: [RequireRole('org:admin')], lets: isAdmin },
  { name: 'permission', decorators: [RequirePermission('org:notes:write')], lets: isAdmin },
  { name: 'organization', decorators: [RequireOrganization()], lets: isIn },
  {
    name: 'feature',
    decorators: [RequireFeature('export')],
    lets: ({ features }) => features?.includes('user:export') === true,
  },
  {
    name: 'plan',
    decorators: [RequirePlan('org:pro')],
    lets: ({ plans }) => plans?.includes('org:pro') === true,
  },
  {
    name: 'verified',
    decorators: [RequireReverification('moderate')],
    lets: ({ verified }) => verified !== undefined && verified < 60,
  },
  {
    name: 'kinds',
    decorators: [AcceptTokens('session_token', 'api_key')],
    lets: ({ kind }) => kind === 'session_token' || kind === 'api_key',
  },
  {
    name: 'in-person',
    decorators: [DenyImpersonation({ delegation: 'deny' })],
    lets: ({ kind, isImpersonated, isDelegated }) =>
      kind !== undefined && !isImpersonated && !isDelegated,
  },
  {
    name: 'delegable',
    decorators: [DenyImpersonation()],
    lets: ({ kind, isImpersonated }) => kind !== undefined && !isImpersonated,
  },
  {
    name: 'own-rule',
    decorators: [RequirePolicy(({ principal }) => principal.subject.startsWith('user_'))],
    lets: ({ email }) => email !== undefined,
  },
  { name: 'own-policy', decorators: [RequirePolicy(OnlyAda)], lets: ({ email }) => email === ADA },
  {
    name: 'ways',
    decorators: [
      RequireAnyOf(
        [requirement.role('admin'), requirement.tokens('session_token')],
        [requirement.scopes('notes:write')],
      ),
    ],
    lets: (caller) =>
      (isAdmin(caller) && caller.kind === 'session_token') || has(caller, 'notes:write'),
  },
  {
    name: 'by-kind',
    decorators: [
      RequireByToken({
        session_token: [
          requirement.permission('org:notes:write'),
          requirement.reverification('moderate'),
        ],
        oauth_token: [requirement.scopes('notes:read'), requirement.organization()],
      }),
    ],
    lets: (caller) =>
      caller.kind === 'session_token'
        ? isAdmin(caller) && (caller.verified ?? 99) < 60
        : caller.kind === 'oauth_token' && has(caller, 'notes:read') && isIn(caller),
  },
  {
    name: 'verified-now',
    decorators: [VerifyAlways(), RequireRole('org:admin')],
    lets: isAdmin,
  },
];

/** One entry of each kind under each policy. */
export function entriesUnder(policies: readonly Policy[]): Type {
  class Entries {}
  for (const { name, decorators } of policies) {
    const entry = { name, description: name };
    declare(Entries, `tool ${name}`, [McpTool(entry), ...decorators], () => 'done');
    const uri = `data://${name}`;
    declare(
      Entries,
      `resource ${name}`,
      [McpResource({ ...entry, uri }), ...decorators],
      () => 'done',
    );
    const uriTemplate = `item://${name}/{id}`;
    const template = McpResourceTemplate({ ...entry, uriTemplate });
    declare(Entries, `template ${name}`, [template, ...decorators], () => 'done');
    declare(Entries, `prompt ${name}`, [McpPrompt(entry), ...decorators], () => 'done');
  }
  Injectable()(Entries);
  return Entries;
}

export function declare(
  type: Type,
  method: string,
  decorators: unknown[],
  value: (...args: any[]) => unknown,
): void {
  Object.defineProperty(type.prototype, method, { value, writable: true, configurable: true });
  Reflect.decorate(
    decorators as MethodDecorator[],
    type.prototype,
    method,
    Object.getOwnPropertyDescriptor(type.prototype, method),
  );
}
