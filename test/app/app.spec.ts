import { describe, expect, it } from 'vitest';
import { startScreen } from '../../src/app/app.screen.js';
import { docsPage } from '../../src/docs/docs-page.js';
import { describeFailure } from '../../src/app/app.setup.js';
import { ConfigurationError } from '../../src/app/config.js';
import { CLERK_EMULATOR } from '../../src/app/app.emulator.js';
import type { ClerkEmulator } from '../../src/emulator/index.js';
import { callTool } from '../support/mcp-request.js';
import { ADA } from '../support/people.js';
import { startService } from '../support/service.js';

describe('startScreen', () => {
  it('names the endpoint and a command for a client', async () => {
    const service = await startService();
    try {
      const screen = startScreen(service.app);
      expect(screen).toContain(service.url);
      expect(screen).toContain(`claude mcp add --transport http clerk-mcp ${service.url}`);
      expect(screen).not.toContain(service.clerk.secretKey);
      expect(screen).toMatch(/Sign-in +connect: anonymous clients are asked to sign in when they/);
    } finally {
      await service.stop();
    }
  });

  it.each([
    ['auto', 'offer: anonymous clients connect, see the protected entries'],
    ['call', 'call: anonymous clients connect, see the public entries only'],
  ])('says what MCP_SIGN_IN=%s comes to', async (mode, meaning) => {
    const service = await startService({ env: { MCP_SIGN_IN: mode } });
    try {
      expect(startScreen(service.app)).toContain(meaning);
    } finally {
      await service.stop();
    }
  });
});

const ON_EMULATOR = {
  CLERK_SECRET_KEY: undefined,
  CLERK_PUBLISHABLE_KEY: undefined,
  CLERK_FRONTEND_API: undefined,
  CLERK_API_URL: undefined,
};

describe('startScreen on the local emulator', () => {
  it('says who can sign in, and that it is a emulator', async () => {
    const service = await startService({ env: ON_EMULATOR });
    try {
      const screen = startScreen(service.app);
      expect(screen).toContain('local emulator');
      expect(screen).toContain('ada@example.com');
      // The demo finds the server by itself on the default port only.
      expect(screen).toContain(`npm run demo -- ${service.url}\n`);
    } finally {
      await service.stop();
    }
  });
});

describe('The service on the local emulator', () => {
  it('creates the scopes there that clients are told to request', async () => {
    const env = { ...ON_EMULATOR, CLERK_SCOPES: 'profile,email,notes:read' };
    const service = await startService({ env });
    try {
      const clerk: ClerkEmulator = service.app.get(CLERK_EMULATOR, { strict: false });
      const registered = await fetch(`${clerk.url}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          client_name: 'Notes',
          redirect_uris: ['http://127.0.0.1/callback'],
          token_endpoint_auth_method: 'none',
          scope: 'profile email notes:read offline_access',
        }),
      });
      expect(await registered.json()).toMatchObject({
        scope: 'profile email notes:read offline_access',
      });
    } finally {
      await service.stop();
    }
  });

  it('hears of what ends there', async () => {
    const service = await startService({ env: ON_EMULATOR });
    try {
      const clerk: ClerkEmulator = service.app.get(CLERK_EMULATOR, { strict: false });
      const token = await clerk.issue.oauthAccessToken({ user: ADA, resource: service.url });
      const echo = () => callTool(service.url, 'echo', { message: 'hi' }, { token });
      expect((await echo()).status).toBe(200);
      clerk.users.update(ADA, { banned: true });
      await clerk.webhooks.settled();
      expect((await echo()).status).toBe(401);
    } finally {
      await service.stop();
    }
  });
});

describe('describeFailure', () => {
  it('says a known reason by itself', () => {
    expect(describeFailure(new ConfigurationError(['PORT: say a port number']))).toBe(
      `The environment does not fit:\n  PORT: say a port number\nSee ${docsPage('environment')}`,
    );
  });

  it('shows the stack of anything else', () => {
    expect(describeFailure(new TypeError('boom'))).toContain('app.spec.ts');
    expect(describeFailure('boom')).toBe('boom');
  });
});
