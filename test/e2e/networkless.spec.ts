import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { callTool, ERAS } from '../support/mcp-request.js';
import { accessToken, ADA, sessionToken, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let clerk: ClerkEmulator;
let service: TestService;
beforeAll(async () => {
  clerk = await startClerkEmulator();
  const instance = {
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_FRONTEND_API: clerk.url,
    CLERK_API_URL: clerk.url,
    // As it stands in one line of an environment file.
    CLERK_JWT_KEY: clerk.keys.publicKeyPem.trim().replaceAll('\n', '\\n'),
  };
  service = { ...(await startService({ env: instance })), clerk };
});
afterAll(async () => {
  await service.stop();
  await clerk.close();
});

const echo = (token: string, era: (typeof ERAS)[number] = 'modern') =>
  callTool(service.url, 'echo', { message: 'hi' }, { era, token });

describe('With CLERK_JWT_KEY', () => {
  it.each(ERAS)('tokens are verified without a word to Clerk, %s era', async (era) => {
    clerk.faults.set('all', { kind: 'reset' });
    const token = await accessToken(service, { scopes: ['profile'] });
    expectEcho(await echo(token, era), userIdOf(service, ADA));
    expect(clerk.counters.ofGroup('jwks')).toBe(0);
    clerk.faults.clear();
  });

  it('session tokens are too', async () => {
    expectEcho(await echo(await sessionToken(service)), userIdOf(service, ADA));
    expect(clerk.counters.ofGroup('jwks')).toBe(0);
  });

  it('forged ones are refused', async () => {
    expectInvalidToken(await echo(await accessToken(service, { signedBy: 'foreign' })), service);
  });

  it('the service is ready whatever happens to Clerk', async () => {
    clerk.faults.set('all', { kind: 'reset' });
    expect((await fetch(`${service.baseURL}/health/ready`)).status).toBe(200);
    clerk.faults.clear();
  });
});
