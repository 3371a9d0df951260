import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessTokenOptions } from '../../src/emulator/index.js';
import { callTool, ERAS, openSession } from '../support/mcp-request.js';
import { accessToken, ADA, seconds, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

type Changes = Partial<AccessTokenOptions>;
interface Case {
  readonly name: string;
  readonly token: () => Promise<string>;
  readonly error?: 'token_expired';
}

const mint = (changes: () => Changes) => () => accessToken(service, changes());

const ACCEPTED: readonly Case[] = [
  { name: 'made for this resource', token: mint(() => ({})) },
  {
    name: 'that names this resource as a string',
    token: mint(() => ({ claims: { aud: service.url } })),
  },
  {
    name: 'that names this resource among others',
    token: mint(() => ({ claims: { aud: ['https://other.example/mcp', service.url] } })),
  },
  {
    name: 'of type application/at+jwt',
    token: mint(() => ({ header: { typ: 'application/at+jwt' } })),
  },
  {
    name: 'that is valid 3 seconds from now, within the tolerated skew',
    token: mint(() => ({ claims: { nbf: seconds(3), iat: seconds(3) } })),
  },
  { name: 'without scopes', token: mint(() => ({ scopes: [], omitClaims: ['scope', 'scp'] })) },
];

const REFUSED: readonly Case[] = [
  {
    name: 'made for another resource',
    token: mint(() => ({ resource: 'https://other.example/mcp' })),
  },
  { name: 'without an audience', token: mint(() => ({ resource: [] })) },
  { name: 'with an empty audience', token: mint(() => ({ claims: { aud: [] } })) },
  { name: 'for the origin alone', token: mint(() => ({ resource: service.baseURL })) },
  { name: 'for the resource and a slash', token: mint(() => ({ resource: `${service.url}/` })) },
  { name: 'for a path below', token: mint(() => ({ resource: `${service.url}/admin` })) },
  {
    name: 'whose audience is an object',
    token: mint(() => ({ claims: { aud: { [service.url]: true } } })),
  },
  { name: 'of another issuer', token: mint(() => ({ claims: { iss: 'https://evil.example' } })) },
  {
    name: 'whose issuer says https for http',
    token: mint(() => ({ claims: { iss: service.clerk.url.replace('http:', 'https:') } })),
  },
  {
    name: 'whose issuer ends in a slash',
    token: mint(() => ({ claims: { iss: `${service.clerk.url}/` } })),
  },
  { name: 'without an issuer', token: mint(() => ({ omitClaims: ['iss'] })) },
  { name: 'signed by a foreign key', token: mint(() => ({ signedBy: 'foreign' })) },
  { name: 'with an unknown kid', token: mint(() => ({ header: { kid: 'ins_unknown' } })) },
  { name: 'without a kid', token: mint(() => ({ header: { kid: undefined } })) },
  { name: 'with a kid that is a path', token: mint(() => ({ header: { kid: '../../dev/null' } })) },
  { name: 'with a critical header', token: mint(() => ({ header: { crit: ['b64'], b64: true } })) },
  { name: 'without a type', token: mint(() => ({ header: { typ: undefined } })) },
  // RFC 7515 lets the type be spelled in capitals; the SDK of Clerk does not, and no is the safe answer.
  { name: 'of type AT+JWT', token: mint(() => ({ header: { typ: 'AT+JWT' } })) },
  { name: 'of an unknown type', token: mint(() => ({ header: { typ: 'logout+jwt' } })) },
  {
    name: 'that is valid a minute from now',
    token: mint(() => ({ claims: { nbf: seconds(60) } })),
  },
  { name: 'from the future', token: mint(() => ({ claims: { iat: seconds(60) } })) },
  { name: 'without an expiry', token: mint(() => ({ omitClaims: ['exp'] })) },
  {
    name: 'whose expiry is a string',
    token: mint(() => ({ claims: { exp: String(seconds(600)) } })),
  },
  { name: 'without a subject', token: mint(() => ({ omitClaims: ['sub'] })) },
  { name: 'of a machine', token: mint(() => ({ claims: { sub: 'mch_0123456789' } })) },
  { name: 'of an organization', token: mint(() => ({ claims: { sub: 'org_0123456789' } })) },
  { name: 'whose subject is a bare name', token: mint(() => ({ claims: { sub: 'ada' } })) },
  { name: 'whose subject is only a prefix', token: mint(() => ({ claims: { sub: 'user_' } })) },
  {
    name: 'whose subject is a list',
    token: async () => accessToken(service, { claims: { sub: [userIdOf(service, ADA)] } }),
  },
  { name: 'with alg none', token: () => unsigned() },
  { name: 'with alg NONE in capitals', token: () => unsigned('NONE') },
  { name: 'signed by HS256 with the public key', token: () => signedWithPublicKey() },
  { name: 'with altered claims', token: () => altered() },
  { name: 'without a signature', token: async () => cut(await accessToken(service)) },
  {
    name: 'that expired an hour ago',
    token: mint(() => ({ expiresInSeconds: -3600 })),
    error: 'token_expired',
  },
  {
    name: 'that expired just now: no skew prolongs a life',
    token: mint(() => ({ expiresInSeconds: -1 })),
    error: 'token_expired',
  },
  {
    name: 'that is expired and forged, and so is not called expired',
    token: mint(() => ({ expiresInSeconds: -3600, signedBy: 'foreign' })),
  },
];

describe.each(ERAS)('An at+jwt access token, %s era', (era) => {
  it.each(ACCEPTED)('$name passes', async ({ token }) => {
    const answer = await callTool(service.url, 'echo', HELLO, { era, token: await token() });
    expectEcho(answer, userIdOf(service, ADA));
  });

  it.each(REFUSED)('$name is refused', async ({ token, error }) => {
    const bad = await token();
    const answer = await callTool(service.url, 'echo', HELLO, { era, token: bad });
    expectInvalidToken(answer, service, error);
    expect(answer.text).not.toContain(bad.slice(0, 30));
  });
});

describe('Inside a session that somebody opened rightly', () => {
  it.each(REFUSED)('a token $name is refused', async ({ token, error }) => {
    const session = await openSession(service.url, { token: await accessToken(service) });
    const options = { era: 'legacy', session, token: await token() } as const;
    expectInvalidToken(await callTool(service.url, 'echo', HELLO, options), service, error);
  });
});

describe('A bad token is refused whatever is called', () => {
  it.each(['getAuthInfo', 'refreshToken', 'noSuchTool'])('such as %s', async (tool) => {
    const token = await accessToken(service, { signedBy: 'foreign' });
    expectInvalidToken(await callTool(service.url, tool, {}, { token }), service);
  });
});

const HELLO = { message: 'hi' };

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

function cut(token: string): string {
  return token.slice(0, token.lastIndexOf('.') + 1);
}

async function parts(): Promise<{ header: object; claims: object; payload: string; tail: string }> {
  const [head = '', payload = '', tail = ''] = (await accessToken(service)).split('.');
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: decode(head), claims: decode(payload), payload, tail };
}

async function unsigned(alg = 'none'): Promise<string> {
  const { header, payload, tail } = await parts();
  return `${encode({ ...header, alg })}.${payload}.${tail}`;
}

async function signedWithPublicKey(): Promise<string> {
  const { header, payload } = await parts();
  const content = `${encode({ ...header, alg: 'HS256' })}.${payload}`;
  const mac = createHmac('sha256', service.clerk.keys.publicKeyPem).update(content);
  return `${content}.${mac.digest('base64url')}`;
}

async function altered(): Promise<string> {
  const { header, claims, tail } = await parts();
  return `${encode(header)}.${encode({ ...claims, sub: 'user_somebodyElse' })}.${tail}`;
}
