import { describe, expect, it } from 'vitest';
import { checkScopes } from '../../../src/cli/doctor/check-scopes.js';
import type { Probe } from '../../../src/cli/probe.js';
import { resolveClerkOptions } from '../../../src/clerk/resolve-clerk-options.js';

const ADVERTISED = ['openid', 'profile', 'email', 'offline_access'];
const clerk = resolveClerkOptions({
  secretKey: 'sk_test_x',
  clerkDomain: 'http://127.0.0.1:4010',
  apiURL: 'http://127.0.0.1:4010',
  baseURL: 'http://127.0.0.1:3000',
});

describe('nestjs-clerk-mcp doctor looks at the scopes', () => {
  it('is content with scopes that Clerk advertises', async () => {
    expect(await checks(['profile', 'email'], {})).toEqual({ scopes: 'ok' });
    const [check] = await checkScopes(
      { requested: ['profile'], advertised: ADVERTISED, clerk: null },
      answers({}),
    );
    expect(check?.status).toBe('ok');
  });

  it('is content with a custom scope that is in use and not advertised', async () => {
    const applications = { data: [{ scopes: 'profile notes:read' }], total_count: 1 };
    expect(await checks(['notes:read'], { applications })).toEqual({ scopes: 'ok' });
    const settings = { default_scopes: ['notes:read'] };
    const none = { data: [], total_count: 0 };
    expect(await checks(['notes:read'], { applications: none, settings })).toEqual({
      scopes: 'ok',
    });
  });

  it('fails for a scope that nobody holds, and warns if it cannot tell', async () => {
    const none = { data: [{ scopes: 'profile' }, {}, null], total_count: 3 };
    expect(await checks(['notes:read'], { applications: none })).toEqual({ scopes: 'failure' });
    const more = { ...none, total_count: 501 };
    expect(await checks(['notes:read'], { applications: more })).toEqual({ scopes: 'warning' });
    expect(await checks(['notes:read'], {})).toEqual({ scopes: 'warning' });
  });

  it.each([
    [['email', 'profile'], ['profile'], 'ok'],
    [['email', 'profile'], ['profile', 'openid'], 'warning'],
    [null, ['email', 'offline_access', 'profile'], 'ok'],
    [null, ['openid'], 'warning'],
  ] as const)('knows the default scopes %j and needs %j: %s', async (defaults, needed, status) => {
    const settings = { default_scopes: defaults, dynamic_oauth_client_registration: true };
    expect(await checks(needed, { settings })).toEqual({ scopes: 'ok', 'default-scopes': status });
  });

  it('says nothing of default scopes where no client registers itself', async () => {
    const settings = { default_scopes: [], dynamic_oauth_client_registration: false };
    expect(await checks(['openid'], { settings })).toEqual({ scopes: 'ok' });
  });
});

async function checks(requested: readonly string[], bodies: Bodies) {
  const found = await checkScopes({ requested, advertised: ADVERTISED, clerk }, answers(bodies));
  return Object.fromEntries(found.map(({ name, status }) => [name, status]));
}

interface Bodies {
  readonly settings?: Record<string, unknown>;
  readonly applications?: Record<string, unknown>;
}

function answers({ settings, applications }: Bodies): Probe {
  return async (url) => {
    const json = url.includes('/instance/') ? settings : applications;
    const status = json ? 200 : 503;
    return { url, status, headers: new Headers(), json, date: undefined };
  };
}
