import { Controller, Get, Injectable, Logger, UseGuards } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  AcceptTokens,
  Public,
  RequireAnyScope,
  RequireByToken,
  RequireOrganization,
  RequireScopes,
} from '../../src/access/access.decorators.js';
import { protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpCatalog } from '../../src/mcp/catalog/mcp-catalog.js';
import { startClerkApp } from '../support/clerk-app.js';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { callTool, ERAS } from '../support/mcp-request.js';
import { OAuthClient, REDIRECT_URL } from '../support/oauth-client.js';
import { ADA, accessToken } from '../support/people.js';
import { challengeOf, untilRefreshIsOffered } from '../support/refusals.js';
import type { TestService } from '../support/service.js';
import { eventually } from '../support/within.js';

@Injectable()
class Notes {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Tells what to request' })
  @Public()
  info() {
    return this.clerk.resource.scopes.join(' ');
  }

  @McpTool({ description: 'Asks for a sign-in only' })
  echo() {
    return 'echo';
  }

  @RequireScopes('notes:read')
  @McpTool({ description: 'Reads' })
  read() {
    return 'read';
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Writes' })
  write() {
    return 'written';
  }
}

@Injectable()
class Others {
  @RequireAnyScope('notes:share', 'notes:admin')
  @RequireOrganization()
  @McpTool({ description: 'Shares' })
  share() {
    return 1;
  }

  @RequireByToken({
    oauth_token: [requirement.scopes('notes:read')],
    api_key: [requirement.scopes('keys:use')],
  })
  @McpTool({ description: 'Counts' })
  count() {
    return 1;
  }

  @AcceptTokens('session_token')
  @RequireScopes('never:granted')
  @McpTool({ description: 'Is for the web application' })
  web() {
    return 1;
  }
}

@Controller('export')
@UseGuards(ClerkAuthGuard)
class ExportController {
  @RequireScopes('notes:export')
  @Get()
  all() {
    return [];
  }
}

const CUSTOM = ['notes:read', 'notes:write', 'notes:share', 'notes:export', 'notes:late'];
const emulator = { customScopes: Object.fromEntries(CUSTOM.map((name) => [name, name])) };

async function published({ baseURL, url }: TestService) {
  const at = new URL('/.well-known/oauth-protected-resource/mcp', baseURL);
  const { scopes_supported } = (await (await fetch(at)).json()) as Record<string, string[]>;
  const challenge = challengeOf(await callTool(url, 'echo')) ?? '';
  const named = /scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ');
  const info = await callTool(url, 'info');
  const told = info.body.result?.content?.[0]?.text?.split(' ');
  return { metadata: scopes_supported, challenge: named, told };
}

const loud = () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  onTestFinished(() => warn.mockRestore());
  return () => warn.mock.calls.flat().filter((line) => /not told to request/.test(String(line)));
};

describe('scopes: catalog', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startClerkApp([Notes, Others], {
      emulator,
      clerk: { scopes: 'catalog' },
      controllers: [ExportController],
    });
    await untilRefreshIsOffered(service.url);
  });
  afterAll(() => service.stop());

  const NEEDED = ['notes:share', 'user:org:read', 'notes:read', 'notes:write', 'notes:export'];

  it('tells everywhere the scopes that the rules need, also of entries that come and go', async () => {
    const catalog = service.app.get(McpCatalog, { strict: false });
    const expectScopes = async (...needed: readonly string[]) => {
      const { metadata, challenge, told } = await published(service);
      expect(metadata?.toSorted()).toEqual(['email', 'profile', ...needed].toSorted());
      expect(challenge).toEqual([...(metadata ?? []), 'offline_access']);
      expect(told).toEqual(metadata);
    };
    await expectScopes(...NEEDED);
    const warned = loud();
    catalog.addTool(
      {
        name: 'late',
        description: 'Came later',
        access: protectedBy(requirement.scopes('notes:late')),
      },
      () => 1,
    );
    await expectScopes(...NEEDED, 'notes:late');
    catalog.removeTool('late');
    await expectScopes(...NEEDED);
    expect(warned()).toEqual([]);
  });

  it.each(CLIENT_KINDS)('lets the $name use everything after one sign-in', async (kind) => {
    const provider = new OAuthClient({ account: ADA });
    const client = await signedIn(kind, service.url, provider);
    for (const [tool, text] of [
      ['write', 'written'],
      ['read', 'read'],
      ['share', '1'],
    ] as const) {
      expect((await client.callTool(tool)).content).toEqual([{ type: 'text', text }]);
    }
    expect(provider.callbacks).toHaveLength(1);
    expect(provider.current.refresh_token).toBeDefined();
    await client.close();
  });
});

describe('without configured scopes', () => {
  let service: TestService;
  beforeAll(async () => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    service = await startClerkApp([Notes], { emulator, controllers: [ExportController] });
    await untilRefreshIsOffered(service.url);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await service.stop();
  });

  it.each(CLIENT_KINDS)('the $name registers for a refresh token, and uses it', async (kind) => {
    const provider = new OAuthClient({ account: ADA });
    const client = await signedIn(kind, service.url, provider);
    const { scopes } = service.clerk.oauthApplications.get(provider.clientId);
    expect(scopes).toEqual(['profile', 'email', 'offline_access']);
    const expired = await service.clerk.issue.oauthAccessToken({
      user: ADA,
      clientId: provider.clientId,
      resource: service.url,
      expiresInSeconds: -60,
    });
    provider.saveTokens({ ...provider.current, access_token: expired });
    expect((await client.callTool('echo')).content).toEqual([{ type: 'text', text: 'echo' }]);
    expect(provider.current.access_token).not.toBe(expired);
    expect(provider.callbacks).toHaveLength(1);
    await client.close();
  });

  it.each(CLIENT_KINDS)('the $name keeps its scopes from one step-up to the next', async (kind) => {
    const { clientId } = service.clerk.oauthApplications.create({
      name: 'Made in the dashboard',
      redirectUris: [REDIRECT_URL],
      scopes: ['profile', 'email', 'offline_access', 'notes:read', 'notes:write'],
    });
    // With a refresh token, the v1 client would refresh on a 403 and give up.
    const provider = new ForgetfulClient({ account: ADA });
    provider.saveClientInformation({ client_id: clientId });
    const client = await signedIn(kind, service.url, provider);
    const use = async (tool: string) => {
      const first: unknown = await client.callTool(tool).catch((error: unknown) => error);
      if (kind.asksToSignIn(first)) await client.finishSignIn();
      return (await client.callTool(tool)).isError ?? false;
    };
    for (const tool of ['write', 'read', 'write', 'read', 'echo']) {
      expect(await use(tool)).toBe(false);
    }
    expect(provider.callbacks).toHaveLength(3);
    const held = (provider.current.scope ?? '').split(' ');
    expect(held).toEqual(expect.arrayContaining(['profile', 'email', 'notes:read', 'notes:write']));
    await client.close();
  });

  it.each(ERAS)('a 403 names what the client has to request, %s era', async (era) => {
    const token = await accessToken(service, { scopes: ['email', 'notes:read'] });
    const { status, headers, body } = await callTool(service.url, 'write', {}, { era, token });
    const scope = era === 'modern' ? 'notes:write' : 'email notes:read notes:write';
    expect(headers.get('www-authenticate')).toContain(`scope="${scope}"`);
    expect({ status, body }).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope', scope, required_scope: 'notes:write' },
    });
  });

  it('a 403 of a route, and of a request without a revision, adds up what was granted', async () => {
    const token = await accessToken(service, { scopes: ['email', 'offline_access'] });
    const route = await fetch(`${service.baseURL}/export`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(route.status).toBe(403);
    const scope = 'email offline_access notes:export';
    expect(route.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
    expect(await route.json()).toMatchObject({ scope, required_scope: 'notes:export' });
    const unknown = await callTool(
      service.url,
      'write',
      {},
      { token, meta: {}, headers: { 'mcp-protocol-version': '2099-01-01' } },
    );
    if (unknown.status === 403) {
      expect(unknown.body).toMatchObject({ scope: 'email offline_access notes:write' });
    }
  });
});

class ForgetfulClient extends OAuthClient {
  override saveTokens({ refresh_token: _, ...tokens }: Parameters<OAuthClient['saveTokens']>[0]) {
    super.saveTokens(tokens);
  }
}

describe('the warnings of scopes that nobody is told to request', () => {
  it('name entries that are added later, once, and routes, and the cure', async () => {
    const warned = loud();
    const service = await startClerkApp([Notes], {
      emulator,
      clerk: { scopes: ['profile', 'notes:read', 'notes:write'] },
      controllers: [ExportController],
    });
    onTestFinished(() => service.stop());
    expect(warned()).toEqual([
      expect.stringMatching(
        /^Routes of the resource mcp need scopes .*: notes:export\. .* needed by: ExportController\.all\. Set CLERK_SCOPES=catalog /,
      ),
    ]);
    const catalog = service.app.get(McpCatalog, { strict: false });
    const add = (name: string, scope: string) =>
      catalog.addTool(
        { name, description: name, access: protectedBy(requirement.scopes(scope)) },
        () => 1,
      );
    add('first', 'notes:late');
    add('second', 'notes:late');
    add('third', 'notes:read');
    await eventually(async () => expect(warned()).toHaveLength(2));
    expect(warned().at(-1)).toMatch(
      /^Entries at \/mcp need scopes .*: notes:late\. .* by: first, second\./,
    );
  });
});
