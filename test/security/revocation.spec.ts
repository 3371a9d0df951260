import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ClerkRevocations } from '../../src/clerk/revocation/clerk-revocations.js';
import { event, signed, type Signed } from '../clerk/webhooks/signed-webhook.js';
import { callTool, ERAS, openSession, sendBody, type Era } from '../support/mcp-request.js';
import { accessToken, opaqueToken, sessionToken } from '../support/people.js';
import { expectEcho, expectInvalidToken } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';
import { within } from '../support/within.js';

let service: TestService;
let user: string;
let neighbour: string;
beforeAll(async () => {
  service = await startService({ webhooks: true });
});
afterAll(() => service.stop());

/** People of their own for each test: a revocation outlives it. */
beforeEach(() => {
  const { users, organizations } = service.clerk;
  const create = (name: string) =>
    users.create({ emailAddress: `${name}${Math.random()}@example.com` }).id;
  [user, neighbour] = [create('user'), create('neighbour')];
  organizations.addMember({ organization: 'analytical-engines', user, role: 'org:admin' });
});

const echo = (token: string, era: Era = 'modern', session?: string) =>
  callTool(service.url, 'echo', { message: 'hi' }, { era, token, session });
const delivered = () => service.clerk.webhooks.settled();
const IN_ORGANIZATION = { organization: 'analytical-engines' };

/** Every kind of token of somebody. */
const tokensOf = (whose: string) =>
  Promise.all([
    accessToken(service, { user: whose }),
    opaqueToken(service, { user: whose }),
    sessionToken(service, { user: whose }),
  ]);
const expectRefused = async (token: string, era: Era) =>
  expectInvalidToken(await echo(token, era), service);
const expectGood = async (token: string, era: Era, whose = user) =>
  expectEcho(await echo(token, era), whose);

/** Posts a webhook past the emulator. */
const post = async ({ body, headers }: Signed): Promise<number> =>
  (await fetch(`${service.baseURL}/webhooks/clerk`, { method: 'POST', body, headers })).status;
const signedHere = (data: object, at?: number, id?: string) =>
  signed(data, {
    secret: service.clerk.webhooks.signingSecret,
    ...(at !== undefined && { at }),
    ...(id !== undefined && { id }),
  });

describe.each(ERAS)('In the %s era, access ends at once', (era) => {
  it.each<[string, () => unknown]>([
    ['is banned', () => service.clerk.users.update(user, { banned: true })],
    ['is locked', () => service.clerk.users.update(user, { locked: true })],
    ['is deleted', () => service.clerk.users.delete(user)],
  ])('when a user %s, with every kind of token, and for nobody else', async (_, change) => {
    const [mine, others] = [await tokensOf(user), await tokensOf(neighbour)];
    for (const token of mine) await expectGood(token, era);
    change();
    await delivered();
    for (const token of mine) await expectRefused(token, era);
    for (const token of others) await expectGood(token, era, neighbour);
  });

  it('and begins again with what is issued later', async () => {
    const [old] = await tokensOf(user);
    service.clerk.users.update(user, { banned: true });
    service.clerk.users.update(user, { banned: false });
    await delivered();
    await expectRefused(String(old), era);
    await sleep(1_100);
    for (const token of await tokensOf(user)) await expectGood(token, era);
    await expectRefused(String(old), era);
  });

  it.each(['ended', 'revoked', 'removed'] as const)('when a session is %s', async (status) => {
    const { id } = service.clerk.sessions.create({ user });
    const token = await service.clerk.issue.sessionToken({ session: id });
    const other = await sessionToken(service, { user });
    await expectGood(token, era);
    service.clerk.sessions.setStatus(id, status);
    await delivered();
    await expectRefused(token, era);
    await expectGood(other, era);
  });

  it('when a member leaves, in that organization', async () => {
    const scopes = ['profile', 'email', 'user:org:read'];
    const inside = await Promise.all([
      sessionToken(service, { user, ...IN_ORGANIZATION }),
      accessToken(service, { user, scopes, ...IN_ORGANIZATION }),
      opaqueToken(service, { user, scopes, ...IN_ORGANIZATION }),
    ]);
    const outside = await tokensOf(user);
    for (const token of inside) await expectGood(token, era);
    service.clerk.organizations.removeMember('analytical-engines', user);
    await delivered();
    for (const token of inside) await expectRefused(token, era);
    for (const token of outside) await expectGood(token, era);
  });

  it('when a role changes, for the tokens that name the old one', async () => {
    const member = { ...IN_ORGANIZATION, user };
    const old = await sessionToken(service, member);
    service.clerk.organizations.addMember({ ...member, role: 'org:member' });
    await delivered();
    await expectRefused(old, era);
    await expectGood(await sessionToken(service, member), era);
    await expectGood(await accessToken(service, { user }), era);
  });
});

describe('What a revoked user has open', () => {
  const openStream = async (token: string) => {
    const session = await openSession(service.url, { token });
    const headers = {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      'mcp-session-id': session,
    };
    const stream = await fetch(service.url, { headers });
    expect(stream.status).toBe(200);
    return { session, stream };
  };
  const subscribe = (token: string) =>
    fetch(service.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${token}`,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'subscriptions/listen',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'subscriptions/listen',
        params: {
          notifications: { toolsListChanged: true },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }),
    });
  const ended = (stream: Response) =>
    within(
      stream.text().then(
        () => true,
        () => true,
      ),
      'the end of the stream',
    );

  it('is closed: the stream of a session, the session, and a subscription', async () => {
    const token = await accessToken(service, { user });
    const { session, stream } = await openStream(token);
    const subscription = await subscribe(token);
    expect(subscription.headers.get('content-type')).toContain('text/event-stream');
    service.clerk.users.update(user, { banned: true });
    await delivered();
    await Promise.all([ended(stream), ended(subscription)]);
    expectInvalidToken(await echo(token, 'legacy', session), service);

    service.clerk.users.update(user, { banned: false });
    await sleep(1_100);
    const fresh = await accessToken(service, { user });
    expect((await echo(fresh, 'legacy', session)).status).toBe(404);
    await expectGood(fresh, 'legacy');
  });
});

describe('A webhook', () => {
  const banned = (timestamp = Date.now()) =>
    event('user.updated', { id: user, banned: true }, timestamp);

  it('that is forged ends nothing', async () => {
    const tokens = await tokensOf(user);
    const secret = `whsec_${Buffer.from('the secret of somebody else').toString('base64')}`;
    const good = signedHere(banned());
    const forged = [
      signed(banned(), { secret }),
      { ...good, body: good.body.replace(user, neighbour) },
      signedHere(banned(), Math.floor(Date.now() / 1000) - 301),
      { ...good, headers: { ...good.headers, 'svix-id': 'msg_other' } },
    ];
    expect(await Promise.all(forged.map(post))).toEqual([400, 400, 400, 400]);
    for (const token of tokens) await expectGood(token, 'modern');
    await expectGood(await accessToken(service, { user: neighbour }), 'modern', neighbour);
  });

  it('that is replayed ends nothing that came after it, by its id or by another', async () => {
    service.clerk.users.update(user, { banned: true });
    service.clerk.users.update(user, { banned: false });
    await delivered();
    const delivery = service.clerk.webhooks.deliveries.find(({ body }) =>
      body.includes('"banned":true'),
    );
    if (!delivery) throw new Error('Nothing was delivered.');
    await sleep(1_100);
    const token = await accessToken(service, { user });
    expect(await service.clerk.webhooks.replay(delivery)).toBe(204);
    expect(await service.clerk.webhooks.replay({ ...delivery, id: 'msg_again' })).toBe(204);
    await expectGood(token, 'modern');
  });

  it.each(['in order', 'out of order'])('means the same %s', async (order) => {
    const now = Date.now();
    const iat = (offset: number) => ({ claims: { iat: Math.floor(now / 1000) + offset } });
    const tokenAt = (offset: number) => accessToken(service, { user, ...iat(offset) });
    const [before, between, after] = await Promise.all([-30, -15, 0].map(tokenAt));
    const deliveries = [signedHere(banned(now - 20_000)), signedHere(banned(now - 10_000))];
    for (const one of order === 'in order' ? deliveries : deliveries.toReversed()) {
      expect(await post(one)).toBe(204);
    }
    await expectRefused(String(before), 'modern');
    await expectRefused(String(between), 'modern');
    await expectGood(String(after), 'modern');
  });

  it('of a size that no event has is turned away before it is looked at', async () => {
    const filler = 'x'.repeat(200_000);
    expect(await post(signedHere({ ...banned(), filler }))).toBe(413);
    await expectGood(await accessToken(service, { user }), 'modern');
  });

  it('is taken with no token, and a bad token beside it does not matter to its signature', async () => {
    const { body, headers } = signedHere(banned());
    const token = await accessToken(service, { user });
    const answer = await fetch(`${service.baseURL}/webhooks/clerk`, {
      method: 'POST',
      body,
      headers,
    });
    expect(answer.status).toBe(204);
    await expectRefused(token, 'modern');
    const { status } = await sendBody(`${service.baseURL}/webhooks/clerk`, body, { token });
    expect(status).toBe(400);
  });

  it('never waits for a limit of requests that others have used up', async () => {
    const limited = await startService({ webhooks: true, env: { RATE_LIMIT: '1' } });
    const { id } = limited.clerk.users.create({ emailAddress: 'limited@example.com' });
    for (let at = 0; at < 5; at += 1) limited.clerk.users.update(id, { banned: true });
    await limited.clerk.webhooks.settled();
    const statuses = limited.clerk.webhooks.deliveries.map(({ status }) => status);
    expect(statuses).toEqual([204, 204, 204, 204, 204, 204]);
    await limited.stop();
  });
});

describe('A race between calls and a revocation', () => {
  it.each(ERAS)('lets no call in that begins after it, in the %s era', async (era) => {
    const tokens = await tokensOf(user);
    const sessions = await Promise.all(
      tokens.map((token) => (era === 'legacy' ? openSession(service.url, { token }) : undefined)),
    );
    let isRevoked = false;
    const outcomes = { before: 0, late: 0, refused: 0 };
    const caller = async (index: number) => {
      const [token, session] = [tokens[index % 3], sessions[index % 3]];
      for (let refusals = 0; refusals < 3;) {
        const isLate = isRevoked;
        const { status } = await echo(String(token), era, session);
        if (status === 200) outcomes[isLate ? 'late' : 'before'] += 1;
        else {
          expect(status).toBe(401);
          refusals += 1;
          outcomes.refused += 1;
        }
      }
    };
    const callers = Array.from({ length: 12 }, (_, index) => caller(index));
    await sleep(100);
    await service.app.get(ClerkRevocations).revoke({ userId: user });
    isRevoked = true;
    await within(Promise.all(callers), 'the end of the callers');
    expect(outcomes).toEqual({ before: expect.any(Number), late: 0, refused: 36 });
    expect(outcomes.before).toBeGreaterThan(0);
  });
});
