import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { withLimits } from '../support/limits.js';
import { callTool, openSession, type Answer } from '../support/mcp-request.js';
import { accessToken, ADA, opaqueToken, sessionToken, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';
import { within } from '../support/within.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({
    emulator: { now: () => Date.now() },
    override: withLimits({ opaqueVerdictTtlMs: 500 }),
  });
});
afterAll(() => service.stop());

const echo = (token: string, session?: string) => {
  const era = session === undefined ? 'modern' : 'legacy';
  return callTool(service.url, 'echo', { message: 'hi' }, { era, token, session });
};

/** Calls until the token is turned down, which must come about by itself. */
function untilRefused(token: string, session?: string): Promise<Answer> {
  const poll = async () => {
    let answer = await echo(token, session);
    while (answer.status === 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      answer = await echo(token, session);
    }
    return answer;
  };
  return within(poll(), 'the end of the token');
}

describe('A token that was verified', () => {
  it.each([
    { kind: 'JWT', mint: () => accessToken(service, { expiresInSeconds: 600 }) },
    { kind: 'opaque token', mint: () => opaqueToken(service, { expiresInSeconds: 600 }) },
    { kind: 'session token', mint: () => sessionToken(service, { expiresInSeconds: 600 }) },
  ])('ends with its time, in its session too ($kind)', async ({ mint }) => {
    const token = await mint();
    const session = await openSession(service.url, { token });
    expectEcho(await echo(token, session), userIdOf(service, ADA));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
    onTestFinished(() => void vi.useRealTimers());
    expectInvalidToken(await untilRefused(token, session), service, 'token_expired');
    expectInvalidToken(await echo(token), service, 'token_expired');
  });

  it('and is opaque ends soon after Clerk revokes it', async () => {
    const { access_token: token } = await service.clerk.issue.oauthTokens({
      user: ADA,
      resource: service.url,
      format: 'opaque',
    });
    const session = await openSession(service.url, { token });
    expectEcho(await echo(token, session), userIdOf(service, ADA));
    const { ok } = await fetch(`${service.clerk.url}/oauth/token/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: 'emulatorLocalApp' }),
    });
    expect(ok).toBe(true);
    expectInvalidToken(await untilRefused(token, session), service);
  });

  it('vouches for itself only: one more character is another token', async () => {
    for (const token of [await accessToken(service), await opaqueToken(service)]) {
      expectEcho(await echo(token), userIdOf(service, ADA));
      expectInvalidToken(await echo(`${token}A`), service);
      expectInvalidToken(await echo(token.slice(0, -2)), service);
    }
  });
});
