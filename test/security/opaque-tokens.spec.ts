import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AccessTokenOptions } from '../../src/emulator/index.js';
import { callTool, ERAS, openSession, type Era } from '../support/mcp-request.js';
import { ADA, opaqueToken, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken, expectUnavailable } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterEach(() => service.clerk.faults.clear());
afterAll(() => service.stop());

const echo = (token: string, era: Era) =>
  callTool(service.url, 'echo', { message: 'hi' }, { era, token });

describe.each(ERAS)('An opaque access token, %s era', (era) => {
  it('passes', async () => {
    expectEcho(await echo(await opaqueToken(service), era), userIdOf(service, ADA));
  });

  it('that Clerk does not know is refused', async () => {
    expectInvalidToken(await echo('oat_0123456789abcdef0123456789abcdef', era), service);
  });

  it.each<{ name: string; changes: () => Partial<AccessTokenOptions> }>([
    {
      name: 'for another resource',
      changes: () => ({ resource: 'https://other.example/mcp' }),
    },
    { name: 'without an audience', changes: () => ({ resource: [] }) },
    { name: 'for the resource and a slash', changes: () => ({ resource: `${service.url}/` }) },
  ])('$name is refused', async ({ changes }) => {
    expectInvalidToken(await echo(await opaqueToken(service, changes()), era), service);
  });

  it('that names this resource among others passes', async () => {
    const resource = ['https://other.example/mcp', service.url];
    expectEcho(await echo(await opaqueToken(service, { resource }), era), userIdOf(service, ADA));
  });

  it('that expired is called so, though Clerk answers 200', async () => {
    const token = await opaqueToken(service, { expiresInSeconds: -60 });
    expectInvalidToken(await echo(token, era), service, 'token_expired');
  });

  it('with the flag expired is called so', async () => {
    service.clerk.faults.set('verify', { kind: 'expired' });
    expectInvalidToken(await echo(await opaqueToken(service), era), service, 'token_expired');
  });

  it('with the flag revoked is refused, though Clerk answers 200', async () => {
    service.clerk.faults.set('verify', { kind: 'revoked' });
    expectInvalidToken(await echo(await opaqueToken(service), era), service);
  });

  it('that Clerk calls {"active":false} is refused', async () => {
    service.clerk.faults.set('verify', { kind: 'inactive' });
    expectInvalidToken(await echo(await opaqueToken(service), era), service);
  });

  it('answered by {} is no verdict: nobody is let in, and nobody is told to sign in', async () => {
    service.clerk.faults.set('verify', { kind: 'empty_body' });
    expectUnavailable(await echo(await opaqueToken(service), era));
  });

  it('answered with a charset, which the SDK misreads, is no verdict either', async () => {
    service.clerk.faults.set('verify', { kind: 'charset' });
    expectUnavailable(await echo(await opaqueToken(service), era));
  });

  it('answered 404 or 400 is refused', async () => {
    for (const status of [404, 400]) {
      service.clerk.faults.set('verify', { kind: 'status', status });
      expectInvalidToken(await echo(await opaqueToken(service), era), service);
    }
  });
});

describe('A revoked opaque token where Clerk answers 404', () => {
  it('is refused', async () => {
    service.clerk.configure({ staleAccessTokens: 'not_found' });
    const token = await opaqueToken(service, { expiresInSeconds: -60 });
    expectInvalidToken(await echo(token, 'modern'), service);
    service.clerk.configure({ staleAccessTokens: 'flagged' });
  });
});

describe('Inside a session that somebody opened rightly', () => {
  it('an unknown opaque token is refused', async () => {
    const session = await openSession(service.url, { token: await opaqueToken(service) });
    const options = { era: 'legacy', session, token: 'oat_unknown' } as const;
    const answer = await callTool(service.url, 'echo', { message: 'hi' }, options);
    expectInvalidToken(answer, service);
  });
});

describe('A verdict on an opaque token', () => {
  it('is asked for once, also by many at a time', async () => {
    const token = await opaqueToken(service);
    service.clerk.counters.reset();
    const answers = await Promise.all(Array.from({ length: 50 }, () => echo(token, 'modern')));
    for (const answer of answers) expectEcho(answer, userIdOf(service, ADA));
    expect(service.clerk.counters.ofGroup('verify')).toBe(1);
  });
});
