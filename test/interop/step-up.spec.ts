import { Injectable, Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  RequireAnyScope,
  RequireOrganization,
  RequirePermission,
  RequireRole,
  RequireScopes,
} from '../../src/access/access.decorators.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { startClerkApp } from '../support/clerk-app.js';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { callTool } from '../support/mcp-request.js';
import { OAuthClient, REDIRECT_URL } from '../support/oauth-client.js';
import { ADA, accessToken } from '../support/people.js';
import type { TestService } from '../support/service.js';

@Injectable()
class Notes {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Asks for a sign-in only' })
  echo() {
    return 'echo';
  }

  @RequireScopes('notes:read', 'notes:write')
  @RequireAnyScope('public_metadata', 'private_metadata')
  @McpTool({ description: 'Asks for more than a client has by itself' })
  write() {
    return 'written';
  }

  @RequireOrganization()
  @McpTool({ description: 'Is for teams' })
  async team() {
    return (await this.clerk.getOrganization())?.slug ?? 'none';
  }
}

@Injectable()
class Looms {
  @McpTool({ description: 'Weaves' })
  @RequireOrganization()
  weave() {
    return 1;
  }

  @McpTool({ description: 'Dyes' })
  @RequireRole('org:admin')
  dye() {
    return 1;
  }

  @McpTool({ description: 'Spins' })
  @RequirePermission('org:looms:use')
  spin() {
    return 1;
  }

  @McpTool({ description: 'Looks' })
  look() {
    return 1;
  }
}

const emulator = { customScopes: { 'notes:read': 'Read notes', 'notes:write': 'Write notes' } };
/** What the tools need beside the default. */
const NEEDED = ['notes:read', 'notes:write', 'public_metadata', 'user:org:read'];

let service: TestService;
beforeAll(async () => {
  service = await startClerkApp([Notes], { emulator });
});
afterAll(() => service.stop());
beforeEach(() => service.clerk.counters.reset());

/** A client that was created in Clerk's dashboard, with every scope that it may ever request. */
function preRegistered({ clerk }: TestService): OAuthClient {
  const { clientId } = clerk.oauthApplications.create({
    name: 'Made in the dashboard',
    redirectUris: [REDIRECT_URL],
    scopes: ['profile', 'email', 'offline_access', ...NEEDED],
  });
  const provider = new OAuthClient({ account: ADA });
  provider.saveClientInformation({ client_id: clientId });
  return provider;
}

const V2 = CLIENT_KINDS.filter(({ name }) => name.startsWith('v2'));

describe.each(V2)('The $name', (kind) => {
  it('gets the scopes that a call lacks, all at once, and then the answer', async () => {
    const provider = preRegistered(service);
    const client = await signedIn(kind, service.url, provider);
    expect(scopesOf(provider)).not.toContain('notes:write');

    // The client goes to the authorization server by itself; the person is asked once.
    const refusal: unknown = await client.callTool('write').catch((error: unknown) => error);
    expect(kind.asksToSignIn(refusal), String(refusal)).toBe(true);
    expect(provider.callbacks).toHaveLength(2);
    await client.finishSignIn();

    expect((await client.callTool('write')).content).toEqual([{ type: 'text', text: 'written' }]);
    expect(scopesOf(provider)).toEqual(
      expect.arrayContaining(['notes:read', 'notes:write', 'public_metadata']),
    );
    expect(scopesOf(provider), 'what one of several needs no second').not.toContain(
      'private_metadata',
    );
    expect((await client.callTool('echo')).content).toEqual([{ type: 'text', text: 'echo' }]);
    expect(provider.callbacks).toHaveLength(2);
    await client.close();
  });
});

describe.each(V2)('The $name', (kind) => {
  it('gets an organization for its user where a call needs one', async () => {
    const provider = preRegistered(service);
    const client = await signedIn(kind, service.url, provider);
    const refusal: unknown = await client.callTool('team').catch((error: unknown) => error);
    expect(kind.asksToSignIn(refusal), String(refusal)).toBe(true);
    await client.finishSignIn();
    const { content } = await client.callTool('team');
    expect(content).toEqual([{ type: 'text', text: 'analytical-engines' }]);
    await client.close();
  });
});

describe.each(V2)('The $name that registered itself', (kind) => {
  it('cannot get a scope that it did not register', async () => {
    const provider = new OAuthClient({ account: ADA });
    const client = await signedIn(kind, service.url, provider);
    const { scopes } = service.clerk.oauthApplications.get(provider.clientId);
    expect(scopes.toSorted()).toEqual(['email', 'offline_access', 'profile']);

    await client.callTool('write').catch((error: unknown) => error);
    const answer = provider.callbacks.at(-1)?.searchParams;
    expect(answer?.get('error')).toBe('invalid_scope');
    expect(answer?.get('error_description')).toMatch(
      /^The OAuth 2\.0 Client is not allowed to request scope 'notes:(read|write)'\.$/,
    );
    expect(answer?.has('code')).toBe(false);
    await client.close();
  });

  it('gets at its sign-in what the server names in scopes', async () => {
    const told = await startClerkApp([Notes], {
      emulator,
      clerk: { scopes: ['profile', 'email', ...NEEDED] },
    });
    const provider = new OAuthClient({ account: ADA });
    const client = await signedIn(kind, told.url, provider);
    const { scopes } = told.clerk.oauthApplications.get(provider.clientId);
    expect(scopes).toEqual(expect.arrayContaining(NEEDED));
    expect((await client.callTool('write')).content).toEqual([{ type: 'text', text: 'written' }]);
    const team = await client.callTool('team');
    expect(team.content).toEqual([{ type: 'text', text: 'analytical-engines' }]);
    expect(provider.callbacks).toHaveLength(1);
    await client.close();
    await told.stop();
  });
});

describe('The challenge of a step-up', () => {
  it('names every scope of the operation and the absolute URL of the metadata', async () => {
    const token = await accessToken(service, { scopes: ['email', 'notes:read'] });
    const { status, headers, body } = await callTool(service.url, 'write', {}, { token });
    expect({ status, body }).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    expect(headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", error_description="The access token was not granted every scope that this needs.", resource_metadata="${service.baseURL}/.well-known/oauth-protected-resource/mcp", scope="notes:read notes:write public_metadata"`,
    );
  });
});

function scopesOf(provider: OAuthClient): readonly string[] {
  return (provider.current.scope ?? '').split(' ');
}

describe('The start', () => {
  it('warns of scopes that a rule needs and clients are not told to request', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const warnings = () =>
      warn.mock.calls.flat().filter((line) => /need scopes/.test(String(line)));
    const told = await startClerkApp([Notes], {
      emulator,
      clerk: { scopes: ['profile', 'private_metadata', 'notes:read', 'notes:write'] },
    });
    expect(warnings()).toEqual([]);
    await told.stop();
    const untold = await startClerkApp([Notes], { emulator, clerk: { scopes: ['notes:read'] } });
    expect(warnings()).toEqual([
      expect.stringMatching(
        /^Entries at \/mcp need scopes .*: notes:write public_metadata private_metadata\. A client/,
      ),
    ]);
    warn.mockRestore();
    await untold.stop();
  });

  it('warns of rules that need an organization which clients are not told to request', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    const warned = async (clerk: Record<string, unknown>) => {
      warn.mockClear();
      const app = await startClerkApp([Looms], { emulator, clerk });
      await app.stop();
      return warn.mock.calls.flat().filter((line) => /need an organization/.test(String(line)));
    };
    expect(await warned({ scopes: ['profile'] })).toEqual([
      expect.stringMatching(
        /^Entries at \/mcp need an organization, .* user:org:read only, .*: dye, spin, weave\. Set CLERK_SCOPES=catalog/,
      ),
    ]);
    expect(await warned({ scopes: ['profile', 'user:org:read'] })).toEqual([]);
    expect(await warned({ scopes: ['profile'], acceptedTokens: ['api_key'] })).toEqual([]);
  });
});
