import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TransportFault } from '../../src/emulator/index.js';
import { withLimits } from '../support/limits.js';
import { callTool, ERAS, openSession, type Era } from '../support/mcp-request.js';
import { accessToken, ADA, GRACE, opaqueToken, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken, expectUnavailable } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

/** Each test meets the outage with nothing fetched yet. */
let service: TestService;
beforeEach(async () => {
  service = await startService({ override: withLimits({ timeoutMs: 500, failureCoolDownMs: 0 }) });
});
afterEach(() => service.stop());

const HELLO = { message: 'hi' };
const echo = (token: string, era: Era = 'modern', session?: string) =>
  callTool(service.url, 'echo', HELLO, { era, token, session });

const OUTAGES: readonly { readonly name: string; readonly fault: TransportFault }[] = [
  { name: 'hangs', fault: { kind: 'hang' } },
  { name: 'resets connections', fault: { kind: 'reset' } },
  { name: 'is too slow', fault: { kind: 'slow', milliseconds: 5_000 } },
  { name: 'answers 500', fault: { kind: 'status', status: 500 } },
  { name: 'answers 503', fault: { kind: 'status', status: 503, retryAfter: 7 } },
  { name: 'answers 429', fault: { kind: 'status', status: 429, retryAfter: 7 } },
];

describe.each(OUTAGES)('While Clerk $name', ({ fault }) => {
  it('a JWT is answered 503 with nothing cached, and works once that is over', async () => {
    const token = await accessToken(service);
    service.clerk.faults.set('all', fault);
    for (const era of ERAS) expectUnavailable(await echo(token, era));
    service.clerk.faults.clear();
    for (const era of ERAS) expectEcho(await echo(token, era), userIdOf(service, ADA));
  });

  it('an opaque token is answered 503, and works once that is over', async () => {
    const token = await opaqueToken(service);
    service.clerk.faults.set('all', fault);
    for (const era of ERAS) expectUnavailable(await echo(token, era));
    service.clerk.faults.clear();
    for (const era of ERAS) expectEcho(await echo(token, era), userIdOf(service, ADA));
  });

  it('tokens that were verified before go on, in their sessions too', async () => {
    const tokens = [await accessToken(service), await opaqueToken(service)];
    const known = await Promise.all(
      tokens.map(async (token) => {
        expectEcho(await echo(token), userIdOf(service, ADA));
        return { token, session: await openSession(service.url, { token }) };
      }),
    );
    service.clerk.faults.set('all', fault);
    for (const { token, session } of known) {
      expectEcho(await echo(token), userIdOf(service, ADA));
      expectEcho(await echo(token, 'legacy', session), userIdOf(service, ADA));
    }
    const other = await accessToken(service, { user: GRACE });
    expectEcho(await echo(other), userIdOf(service, GRACE));
  });

  it('a forged token is refused all the same while keys are at hand', async () => {
    expectEcho(await echo(await accessToken(service)), userIdOf(service, ADA));
    service.clerk.faults.set('all', fault);
    const forged = await accessToken(service, { signedBy: 'foreign' });
    expectInvalidToken(await echo(forged), service);
  });

  it('what is open stays open', async () => {
    service.clerk.faults.set('all', fault);
    const answer = await callTool(service.url, 'getAuthInfo');
    expect(answer.body.result?.structuredContent).toMatchObject({ provider: 'clerk' });
  });
});

describe('The pause that is asked for', () => {
  it('is the one that Clerk named', async () => {
    service.clerk.faults.set('all', { kind: 'status', status: 429, retryAfter: 17 });
    for (const token of [await accessToken(service), await opaqueToken(service)]) {
      expect((await echo(token)).headers.get('retry-after')).toBe('17');
    }
  });

  it('is a minute at most, and whole seconds', async () => {
    service.clerk.faults.set('all', { kind: 'status', status: 503, retryAfter: 86_400 });
    for (const token of [await accessToken(service), await opaqueToken(service)]) {
      expect((await echo(token)).headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/);
    }
  });
});

describe('With one of the two places of the keys out of order', () => {
  it('the Frontend API steps in for the Backend API', async () => {
    service.clerk.faults.set('jwks', { kind: 'status', status: 500 }, 1);
    expectEcho(await echo(await accessToken(service)), userIdOf(service, ADA));
  });
});
