import { createHmac, KeyObject, sign } from 'node:crypto';
import type { TokenType } from '../../../src/clerk/tokens/classify.js';
import type { UpstreamCase } from '../tokens/upstream-cases.js';
import { RESOURCE, type FakeKey } from './fake-clerk.js';
import { charactersOff, encodingsOff, neighbour, type CorpusToken } from './jwt-spellings.js';

export interface CorpusKeys {
  readonly issuer: string;
  /** Published. */
  readonly key: FakeKey;
  /** Published under another id. */
  readonly other: FakeKey;
  /** Not published. */
  readonly foreign: FakeKey;
}

export type CorpusKind = Exclude<TokenType, 'api_key'>;

/** Every way in which a JWT of a kind may be off, and the good one. The clock must stand still. */
export function jwtCorpus(kind: CorpusKind, keys: CorpusKeys): readonly CorpusToken[] {
  const base = BASES[kind];
  const header = { alg: 'RS256', kid: keys.key.kid, ...base.header };
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: keys.issuer, iat: now, nbf: now, exp: now + 600, ...base.claims };
  const good = signed(header, claims, keys.key);
  return [
    { name: 'good', token: good },
    ...claimsOff(claims, now).map(([name, off]) => ({
      name,
      token: signed(header, off, keys.key),
    })),
    ...headersOff(header).map(([name, off]) => ({ name, token: signed(off, claims, keys.key) })),
    ...keysOff(header, claims, keys),
    ...documentsOff(header, claims, keys.key),
    ...encodingsOff(good),
    ...charactersOff(good),
  ];
}

/** The token of one case of Clerk's SDK. The clock must stand still. */
export function upstreamToken(one: UpstreamCase, keys: CorpusKeys): string {
  const base = BASES[one.kind];
  const header = { alg: 'RS256', kid: keys.key.kid, ...base.header, ...one.header };
  const now = Math.floor(Date.now() / 1000);
  const times = Object.entries(one.times ?? {}).map(([claim, s]) => [claim, now + s] as const);
  const own = JSON.parse(
    JSON.stringify(one.claims ?? {}).replaceAll('"RESOURCE"', JSON.stringify(RESOURCE)),
  ) as Json;
  const missing = Object.entries(one.claims ?? {}).filter(([, value]) => value === undefined);
  const claims = {
    iss: keys.issuer,
    iat: now,
    nbf: now,
    exp: now + 600,
    ...base.claims,
    ...own,
    ...Object.fromEntries(missing),
    ...Object.fromEntries(times),
  };
  if (one.signature === 'none') return `${encoded(header)}.${encoded(claims)}.AA`;
  return signed(header, claims, one.signature === 'foreign' ? keys.foreign : keys.key);
}

type Json = Readonly<Record<string, unknown>>;

const BASES: Record<CorpusKind, { readonly header: Json; readonly claims: Json }> = {
  session_token: {
    header: { typ: 'JWT', cat: 'cl_B7d4PD111AAA' },
    claims: {
      sub: 'user_alice',
      sid: 'sess_1',
      azp: 'https://app.example.com',
      v: 2,
      sts: 'active',
      fea: 'o:a,u:b',
      o: { id: 'org_1', slg: 'acme', rol: 'admin', per: 'manage,read', fpm: '3' },
    },
  },
  oauth_token: {
    header: { typ: 'at+jwt' },
    claims: { sub: 'user_alice', client_id: 'client_1', aud: RESOURCE, scope: 'profile email' },
  },
  id_token: { header: { typ: 'JWT' }, claims: { sub: 'user_alice', aud: 'client_1' } },
  m2m_token: {
    header: { typ: 'JWT', cat: 'cl_B7d4PD333AAA' },
    claims: { sub: 'mch_1', jti: 'mt_1', scopes: 'mch_2 mch_3' },
  },
  jwt_template: {
    header: { typ: 'JWT', cat: 'cl_B7d4PD222AAA' },
    claims: { sub: 'user_alice', azp: 'https://app.example.com' },
  },
};

/** Claims that Clerk or we read, each missing and of every type. */
function claimsOff(claims: Json, now: number): readonly (readonly [string, Json])[] {
  const values = [undefined, null, '', 'x', 7, -1, true, false, [], ['x'], {}, { id: 7 }];
  const ofEachType = CLAIMS.flatMap((claim) =>
    values.map(
      (value) => [`${claim} ${JSON.stringify(value)}`, { ...claims, [claim]: value }] as const,
    ),
  );
  const times = { second: 1, skew: 5, 'skew and a bit': 5.9, 'past the skew': 6, minute: 60 };
  const early = Object.entries({ ...times, 'far future': 1e12, 'no date': 1e300 });
  const late = Object.entries({ ...times, now: 0, 'far past': now, 'no date': 1e300 });
  return [
    ...ofEachType,
    ...early.flatMap(([name, s]) => [
      [`nbf ahead: ${name}`, { ...claims, nbf: now + s }] as const,
      [`iat ahead: ${name}`, { ...claims, iat: now + s }] as const,
      [`iat and nbf behind: ${name}`, { ...claims, iat: now - s, nbf: now - s }] as const,
      [`exp ahead: ${name}`, { ...claims, exp: now + s }] as const,
    ]),
    ...late.map(([name, s]) => [`exp behind: ${name}`, { ...claims, exp: now - s }] as const),
    ['expired and not valid yet', { ...claims, exp: now - 60, nbf: now + 30 }],
    ['aud of others', { ...claims, aud: 'https://other.example.com' }],
    ['aud a list of others', { ...claims, aud: ['https://other.example.com'] }],
    ['aud a list with this resource', { ...claims, aud: ['x', RESOURCE, 'client_1'] }],
    ['aud a list with a number', { ...claims, aud: [7, RESOURCE, 'client_1'] }],
    ['iss with a slash', { ...claims, iss: `${String(claims['iss'])}/` }],
    ['sub of a machine', { ...claims, sub: 'mch_1' }],
    ['sub of an organization', { ...claims, sub: 'org_1' }],
    ['azp of another site', { ...claims, azp: 'https://evil.example.com' }],
    ['azp a list of the site', { ...claims, azp: ['https://app.example.com'] }],
    ['sts pending', { ...claims, sts: 'pending' }],
    ['sts active', { ...claims, sts: 'active' }],
    ['scp a list', { ...claims, scope: undefined, scp: ['profile'] }],
    ['claims of version 1', { ...claims, v: 1, org_id: 'org_1', org_role: 'org:admin' }],
    ['an organization without features', { ...claims, fea: undefined }],
  ];
}

const CLAIMS =
  'iss sub aud scopes exp nbf iat jti azp sid sts v o fea pla fva act scope scp client_id org_id org_role org_permissions'.split(
    ' ',
  );

function headersOff(header: Json): readonly (readonly [string, Json])[] {
  const values: Record<string, readonly unknown[]> = {
    typ: [undefined, null, '', 'jwt', 'JWT', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'x', 7],
    cat: [undefined, null, '', 'x', 7, 'cl_B7d4PD111AAA', 'cl_B7d4PD222AAA', 'cl_B7d4PD333AAA'],
    alg: [undefined, null, '', 'none', 'None', 'rs256', 'HS256', 'RS384', 'PS256', 'ES256', 7],
    kid: [undefined, null, '', 'unknown', 7, ['ins_1'], {}],
    crit: [null, [], ['exp'], 'exp'],
    b64: [false],
    cty: ['JWT'],
    jku: ['https://evil.example.com/jwks.json'],
  };
  return Object.entries({ ...values, 'cat ': ['cl_I7d4PD111III'] }).flatMap(([key, all]) =>
    all.map(
      (value) => [`${key} ${JSON.stringify(value)}`, { ...header, [key.trim()]: value }] as const,
    ),
  );
}

function keysOff(header: Json, claims: Json, { key, other, foreign }: CorpusKeys): CorpusToken[] {
  const hmac = (secret: string) => {
    const text = `${encoded({ ...header, alg: 'HS256' })}.${encoded(claims)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const unsigned = `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}`;
  const hashed = (alg: string) =>
    signed({ ...header, alg }, claims, key, `sha${alg.slice(2)}` as 'sha384');
  return [
    { name: 'by a foreign key', token: signed(header, claims, foreign) },
    { name: 'by a key of another id', token: signed(header, claims, other) },
    { name: 'by the other key', token: signed({ ...header, kid: other.kid }, claims, other) },
    { name: 'HS256 with the PEM', token: hmac(key.pem) },
    { name: 'HS256 with the modulus', token: hmac(key.jwk.n ?? '') },
    { name: 'none, unsigned', token: `${unsigned}.` },
    { name: 'none, with something', token: `${unsigned}.AA` },
    { name: 'RS384, really', token: hashed('RS384') },
    { name: 'RS512, really', token: hashed('RS512') },
    { name: 'RS256 over SHA-512', token: signed(header, claims, key, 'sha512') },
  ];
}

/** JSON that no serializer writes. */
function documentsOff(header: Json, claims: Json, key: FakeKey): CorpusToken[] {
  const [head, body] = [JSON.stringify(header), JSON.stringify(claims)];
  const within = (json: string, more: string) => `${json.slice(0, -1)},${more}}`;
  const before = (json: string, more: string) => `{${more},${json.slice(1)}`;
  const token = (name: string, h: string | Buffer, b: string | Buffer) => ({
    name,
    token: signedText(`${base64url(h)}.${base64url(b)}`, key),
  });
  // Claims of every length modulo 3, each with bits in its last character that stand for nothing.
  const unused = ['', ' ', '  '].flatMap((spaces) => {
    const claimsText = base64url(body + spaces);
    const off = [claimsText.slice(0, -1) + neighbour(claimsText.at(-1)), `${claimsText}A`];
    return off.map((text, n) => ({
      name: `signed with ${spaces.length} spaces and unused bits, ${n}`,
      token: signedText(`${base64url(head)}.${text}`, key),
    }));
  });
  return [
    ...unused,
    token('a second sub', head, within(body, '"sub":"user_mallory"')),
    token('a first sub', head, before(body, '"sub":"user_mallory"')),
    token('a second exp, past', head, within(body, '"exp":1')),
    token('a first exp, past', head, before(body, '"exp":1')),
    token('an infinite exp', head, within(body, '"exp":1e999')),
    token('an infinite iat', head, within(body, '"iat":1e999')),
    token('a second alg', within(head, '"alg":"none"'), body),
    token('a first alg', before(head, '"alg":"none"'), body),
    token('a prototype', head, within(body, '"__proto__":{"exp":1,"sid":"x"}')),
    token('a prototype in the header', within(head, '"__proto__":{"crit":["x"]}'), body),
    token('spaces', ` ${head}\n`, `\t${body} `),
    token('a mark of byte order', head, `\uFEFF${body}`),
    token('a mark of byte order in the header', `\uFEFF${head}`, body),
    token('bytes that are no text', head, Buffer.from(within(body, '"x":"\xff\xfe"'), 'latin1')),
    token('claims that are a list', head, '[]'),
    token('claims that are null', head, 'null'),
    token('claims that are a number', head, '7'),
    token('claims cut short', head, body.slice(0, -1)),
    token('no claims', head, '{}'),
    token('a header that is a list', '[]', body),
    token('a header that is null', 'null', body),
    token('a deep claim', head, within(body, `"x":${'['.repeat(900)}${']'.repeat(900)}`)),
    token('a huge claim', head, within(body, `"x":"${'x'.repeat(20_000)}"`)),
  ];
}

function signed(header: Json, claims: Json, key: FakeKey, hash = 'sha256'): string {
  return signedText(`${encoded(header)}.${encoded(claims)}`, key, hash);
}

function signedText(text: string, { pair }: FakeKey, hash = 'sha256'): string {
  const privateKey = KeyObject.from(pair.privateKey);
  return `${text}.${sign(hash, Buffer.from(text), privateKey).toString('base64url')}`;
}

function encoded(json: Json): string {
  return base64url(JSON.stringify(json));
}

function base64url(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url');
}
