import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AcceptTokens,
  DenyImpersonation,
  Public,
  RequireOrganization,
  RequireReverification,
  RequireRole,
  RequireScopes,
  VerifyAlways,
} from '../../../src/access/access.decorators.js';
import { explainReport, explainAccess } from '../../../src/cli/explain/explanation.js';
import { findEntry } from '../../../src/cli/explain/find-entry.js';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { startClerkApp } from '../../support/clerk-app.js';
import type { TestService } from '../../support/service.js';

const ADA = 'ada@example.com';
const GRACE = 'grace@example.com';
let calls = 0;

@Injectable()
class LedgerTools {
  @Public()
  @McpTool({ description: 'Open to everybody' })
  open() {
    return String((calls += 1));
  }

  @McpTool({ description: 'For whoever is signed in' })
  read() {
    return String((calls += 1));
  }

  @RequireScopes('profile', 'user:org:read')
  @RequireOrganization()
  @McpTool({ description: 'Needs scopes and an organization' })
  write() {
    return String((calls += 1));
  }

  @RequireRole('org:admin')
  @DenyImpersonation()
  @VerifyAlways()
  @McpTool({ description: 'Needs a role' })
  purge() {
    return String((calls += 1));
  }

  @AcceptTokens('session_token')
  @RequireReverification('strict')
  @McpTool({ description: 'Needs a fresh session' })
  pay() {
    return String((calls += 1));
  }

  @RequireScopes('email')
  @McpResource({ uri: 'ledger://all', description: 'All' })
  all() {
    return 'all';
  }

  @McpPrompt({ description: 'A summary' })
  summary() {
    return 'sum up';
  }
}

describe('explain', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startClerkApp([LedgerTools]);
  });
  afterAll(async () => {
    expect(calls).toBe(0);
    await service.stop();
  });

  it('allows what is public to an anonymous caller', async () => {
    expect(await explained('open', undefined)).toEqual({
      allowed: true,
      entry: 'open',
      source: 'LedgerTools.open',
      rule: 'public',
      caller: null,
      conditions: [],
    });
  });

  it('says how an anonymous caller is refused', async () => {
    expect(await explained('read', undefined)).toMatchObject({
      allowed: false,
      rule: 'any signed-in caller',
      refusal: { reason: 'unauthenticated', status: 401 },
    });
  });

  it('says what a refused token is refused for', async () => {
    const token = await oauthToken(ADA, { resource: 'https://elsewhere.example/mcp' });
    const explanation = await explained('read', token);
    expect(explanation).toMatchObject({
      allowed: false,
      caller: null,
      refusal: {
        reason: 'invalid_token',
        message: expect.stringMatching(/^The access token was issued for another resource\./),
        status: 401,
      },
    });
    expect(explainReport(explanation)).toContain('caller    none, because the token is refused');
  });

  it('goes through the conditions one by one', async () => {
    const explanation = await explained('write', await oauthToken(ADA));
    expect(explanation.conditions).toEqual([
      {
        condition: 'the scopes profile, user:org:read',
        holds: false,
        reason: 'The token does not grant all required scopes: profile user:org:read',
      },
      // A token that names no organization may yet get the scope that names one.
      {
        condition: 'an organization',
        holds: false,
        reason: expect.stringMatching(/user:org:read/),
      },
    ]);
    expect(explanation.refusal?.reason).toMatch(/forbidden|insufficient_scope/);
  });

  it('names the status and the scopes of a step-up', async () => {
    const token = await oauthToken(ADA, {
      scopes: ['user:org:read'],
      organization: 'analytical-engines',
    });
    const explanation = await explained('write', token);
    expect(explanation).toMatchObject({
      conditions: [{ holds: false }, { condition: 'an organization', holds: true }],
      refusal: { reason: 'insufficient_scope', status: 403 },
    });
    const report = explainReport(explanation);
    expect(report).toMatch(/^refused {2}write \(LedgerTools\.write\)\n/);
    expect(report).toContain('ok        an organization');
    expect(report).toContain('The client receives HTTP 403 (insufficient_scope).');
  });

  it('asks Clerk for the role that a token does not tell', async () => {
    const inOrganization = { scopes: ['user:org:read'], organization: 'analytical-engines' };
    const admin = await explained('purge', await oauthToken(ADA, inOrganization));
    expect(admin).toMatchObject({
      allowed: true,
      rule: 'any signed-in caller, verified again for each call, with the role org:admin, with no impersonation of the user',
    });
    const member = await explained('purge', await oauthToken(GRACE, inOrganization));
    expect(member).toMatchObject({ allowed: false, refusal: { reason: 'forbidden' } });
    expect(explainReport(member)).toContain('The result of the call tells the client (forbidden)');
  });

  it('explains kinds of credential and verification once more', async () => {
    const kind = await explained('pay', await oauthToken(ADA));
    expect(kind.conditions).toContainEqual({
      condition: 'a credential of the kind session_token',
      holds: false,
      reason: expect.any(String),
    });
    const session = await service.clerk.issue.sessionToken({
      user: ADA,
      claims: { fva: [90, -1] },
    });
    const stale = await explained('pay', session);
    expect(stale.refusal).toMatchObject({
      reason: 'reverification',
      message: 'The last verification of the user is too old',
    });
    expect(stale.conditions).toContainEqual(
      expect.objectContaining({
        condition: 'a recent verification (strict)',
        holds: false,
      }),
    );
  });

  it('explains resources and prompts as well', async () => {
    const token = await oauthToken(ADA, { scopes: ['profile'] });
    expect(await explained('ledger://all', token, 'resource')).toMatchObject({
      allowed: false,
      conditions: [{ condition: 'the scope email', holds: false }],
    });
    expect(await explained('summary', token, 'prompt')).toMatchObject({ allowed: true });
  });

  it('tells nothing of the token and nobody by name', async () => {
    const token = await oauthToken(ADA);
    const explanation = await explained('read', token);
    for (const text of [JSON.stringify(explanation), explainReport(explanation)]) {
      for (const secret of [token, token.split('.')[1], 'user_', ADA]) {
        expect(text).not.toContain(secret);
      }
    }
  });

  it('names what is there when it is asked for something else', () => {
    const { app } = service;
    expect(() => findEntry(app, { kind: 'tool', name: 'wrote', server: undefined })).toThrow(
      'There is no tool "wrote". Use one of: open, pay, purge, read, write.',
    );
    expect(() => findEntry(app, { kind: 'tool', name: 'read', server: '/other' })).toThrow(
      'There is no tool "read". Use one of: none.',
    );
    expect(findEntry(app, { kind: 'tool', name: 'read', server: '/mcp/' }).path).toBe('mcp');
  });

  function explained(
    name: string,
    token: string | undefined,
    kind: 'tool' | 'resource' | 'prompt' = 'tool',
  ) {
    const { app } = service;
    return explainAccess(app, findEntry(app, { kind, name, server: undefined }), token);
  }

  function oauthToken(
    user: string,
    options: {
      readonly scopes?: readonly string[];
      readonly organization?: string;
      readonly resource?: string;
    } = {},
  ): Promise<string> {
    const { clerk, url: resource } = service;
    return clerk.issue.oauthAccessToken({ user, resource, scopes: ['email'], ...options });
  }
});
