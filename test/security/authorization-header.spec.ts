import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callTool, ENVELOPE, ERAS, modernHeaders, readAnswer } from '../support/mcp-request.js';
import { accessToken, ADA, opaqueToken, sessionToken, userIdOf } from '../support/people.js';
import { rawPost, sendRaw } from '../support/raw-socket.js';
import { expectEcho, expectInvalidToken, expectUnauthorized } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
beforeEach(() => service.clerk.counters.reset());
afterAll(() => service.stop());

const HELLO = { message: 'hi' };

describe.each(ERAS)('The Authorization header, %s era', (era) => {
  const echo = (headers: Record<string, string>, url = service.url) =>
    callTool(url, 'echo', HELLO, { era, headers });

  it('may be absent, which is anonymous', async () => {
    expectUnauthorized(await callTool(service.url, 'echo', HELLO, { era }), service);
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('may spell its scheme %s', async (scheme) => {
    const authorization = `${scheme} ${await accessToken(service)}`;
    expectEcho(await echo({ authorization }), userIdOf(service, ADA));
  });

  it('may have more than one space', async () => {
    const authorization = `Bearer   ${await accessToken(service)}  `;
    expectEcho(await echo({ authorization }), userIdOf(service, ADA));
  });

  it.each([
    { name: 'that is empty', value: () => '' },
    { name: 'of blanks', value: () => ' \t ' },
    { name: 'without a token', value: () => 'Bearer' },
    { name: 'with blanks for a token', value: () => 'Bearer   ' },
    { name: 'with two tokens', value: (token: string) => `Bearer ${token} ${token}` },
    { name: 'with a list of tokens', value: (token: string) => `Bearer ${token}, Bearer ${token}` },
    { name: 'without a scheme', value: (token: string) => token },
    { name: 'of scheme Basic', value: () => `Basic ${btoa('ada:secret')}` },
    { name: 'of scheme Basic with a token', value: (token: string) => `Basic ${token}` },
    { name: 'of scheme DPoP', value: (token: string) => `DPoP ${token}` },
    { name: 'with a token in quotes', value: (token: string) => `Bearer "${token}"` },
    { name: 'with a parameter', value: (token: string) => `Bearer token=${token}` },
    { name: 'with umlauts', value: () => 'Bearer schl\xFCssel' },
    { name: 'with a token over 8 KB', value: () => `Bearer ${'a'.repeat(8_193)}` },
    { name: 'with an opaque token over 8 KB', value: () => `Bearer oat_${'a'.repeat(8_193)}` },
  ])('$name is refused without asking Clerk', async ({ value }) => {
    const authorization = value(await accessToken(service));
    service.clerk.counters.reset();
    expectInvalidToken(await echo({ authorization }), service);
    expect(service.clerk.counters.all()).toEqual({});
  });
});

describe('A request on the wire', () => {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'echo', arguments: HELLO, _meta: ENVELOPE },
  });
  const head = (): [string, string][] => [
    ['Host', new URL(service.url).host],
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
    ...Object.entries(modernHeaders('tools/call', { name: 'echo' })),
  ];
  const post = (...more: [string, string][]) =>
    sendRaw(service.url, rawPost('/mcp', [...head(), ...more], body));

  it('with one Authorization header passes', async () => {
    const answer = await post(['Authorization', `Bearer ${await accessToken(service)}`]);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(userIdOf(service, ADA));
  });

  it('with two Authorization headers is refused, whichever of them is good', async () => {
    const good = `Bearer ${await accessToken(service)}`;
    const bad = `Bearer ${await accessToken(service, { signedBy: 'foreign' })}`;
    for (const [first, second] of [
      [good, bad],
      [bad, good],
      [good, good],
      [good, 'Basic eDp5'],
    ] as const) {
      const answer = await post(['Authorization', first], ['authorization', second]);
      expect(answer.status).toBe(401);
      expect(answer.text).toMatch(/www-authenticate: Bearer error="invalid_token"/i);
      expect(answer.text).toContain('"error":"invalid_token"');
    }
  });

  it.each(['\0', '\x01', '\x7F', '\r', '\n', '\x0B'])(
    'with control character %j in the token reaches no tool',
    async (character) => {
      const token = await accessToken(service);
      const answer = await post([
        'Authorization',
        `Bearer ${token.slice(0, 9)}${character}${token.slice(9)}`,
      ]);
      expect([400, 401]).toContain(answer.status);
      expect(answer.text).not.toContain(userIdOf(service, ADA));
    },
  );

  it('with a header of 64 KB is turned away before it is read', async () => {
    const answer = await post(['Authorization', `Bearer ${'a'.repeat(65_536)}`]);
    expect([0, 431]).toContain(answer.status);
  });
});

describe('A credential elsewhere is none', () => {
  it('such as in a session cookie', async () => {
    const session = await sessionToken(service);
    const cookie = `__session=${session}; __session_abcd1234=${session}; __client_uat=1`;
    const answer = await callTool(service.url, 'echo', HELLO, { headers: { cookie } });
    expectUnauthorized(answer, service);
  });

  it.each(['access_token', 'token', 'authorization', '__clerk_handshake', '__clerk_db_jwt'])(
    'such as in the query as %s',
    async (name) => {
      const url = `${service.url}?${name}=${await accessToken(service)}`;
      expectUnauthorized(await callTool(url, 'echo', HELLO), service);
    },
  );

  it.each(['proxy-authorization', 'x-authorization', 'x-access-token', 'x-clerk-auth-token'])(
    'such as in the header %s',
    async (name) => {
      const headers = { [name]: `Bearer ${await accessToken(service)}` };
      expectUnauthorized(await callTool(service.url, 'echo', HELLO, { headers }), service);
    },
  );

  it('and forwarded names do not change who is asked', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    expectUnauthorized(await callTool(service.url, 'echo', HELLO, { headers }), service);
  });
});

describe('A GET that looks like a browser', () => {
  const LOOK = { accept: 'text/html', 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' };
  const get = async (headers: Record<string, string>) =>
    readAnswer(await fetch(service.url, { headers: { ...LOOK, ...headers }, redirect: 'manual' }));

  // It is sent to the explorer of this origin, never to Clerk.
  it('is not sent through a handshake', async () => {
    const answer = await get({ cookie: '__client_uat=1; __session=x' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('/explorer');
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('with an expired session token is refused like any other', async () => {
    const token = await sessionToken(service, { expiresInSeconds: -60 });
    const answer = await get({ authorization: `Bearer ${token}` });
    expectInvalidToken(answer, service, 'token_expired');
    expect(answer.headers.get('location')).toBeNull();
  });

  it('with a bad opaque token is refused like any other', async () => {
    const token = await opaqueToken(service, { resource: 'https://other.example' });
    expectInvalidToken(await get({ authorization: `Bearer ${token}` }), service);
  });
});
