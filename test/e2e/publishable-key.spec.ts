import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startScreen } from '../../src/app/app.screen.js';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { callTool, ERAS } from '../support/mcp-request.js';
import { accessToken, ADA, sessionToken, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let clerk: ClerkEmulator;
let service: TestService;
const warnings: string[] = [];
beforeAll(async () => {
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((message) => void warnings.push(message));
  clerk = await startClerkEmulator();
  const instance = {
    CLERK_SECRET_KEY: undefined,
    CLERK_API_URL: undefined,
    CLERK_FRONTEND_API: undefined,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_DOMAIN: clerk.url,
  };
  service = { ...(await startService({ env: instance })), clerk };
});
afterAll(async () => {
  vi.restoreAllMocks();
  await service.stop();
  await clerk.close();
});

const call = (name: string, token: string, era: (typeof ERAS)[number] = 'modern') =>
  callTool(service.url, name, name === 'echo' ? { message: 'hi' } : {}, { era, token });

describe('With CLERK_PUBLISHABLE_KEY alone', () => {
  it.each(ERAS)(
    'OAuth JWTs are verified with the keys of the Frontend API, %s era',
    async (era) => {
      const token = await accessToken(service, { scopes: ['profile'] });
      expectEcho(await call('echo', token, era), userIdOf(service, ADA));
    },
  );

  it('session tokens are too, and forged ones are refused', async () => {
    expectEcho(await call('echo', await sessionToken(service)), userIdOf(service, ADA));
    const forged = await accessToken(service, { signedBy: 'foreign' });
    expectInvalidToken(await call('echo', forged), service);
  });

  it('opaque tokens are refused, and the log says what to do', async () => {
    const token = await accessToken(service, { format: 'opaque', scopes: ['profile'] });
    expectInvalidToken(await call('echo', token), service);
    expect(warnings.join('\n')).toContain('turn on JWT access tokens');
  });

  it('a tool that looks up the user fails with the cure', async () => {
    const token = await accessToken(service, { scopes: ['profile', 'email'] });
    const answer = JSON.stringify(await call('getUserProfile', token));
    expect(answer).toContain('Set CLERK_SECRET_KEY');
  });

  it('the log and the screen say what is off', () => {
    const [warning] = warnings.filter((one) => one.includes('No secret key is set'));
    expect(warning).toContain('opaque access tokens; API keys;');
    expect(startScreen(service.app)).toContain('Secret key   none, so these are off:');
  });

  it('the service is ready', async () => {
    expect((await fetch(`${service.baseURL}/health/ready`)).status).toBe(200);
  });
});
