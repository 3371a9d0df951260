import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK } from 'jose';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';

export const BASE_URL = 'https://mcp.example.com';
export const RESOURCE = `${BASE_URL}/mcp`;

/** Claims of a token; `undefined` takes a default away. */
type Claims = Record<string, unknown>;

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

export interface FakeKey {
  readonly kid: string;
  readonly pair: Pair;
  readonly jwk: JWK;
  readonly pem: string;
}

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** Never answers; the connection stays open. */
  readonly hangs?: boolean;
  /** Answers only once this is settled. */
  readonly after?: Promise<unknown>;
}

type Script = (request: FakeRequest) => FakeAnswer;

/** A scripted instance of Clerk: Backend API and Frontend API on one port. */
export class FakeClerk {
  requests: FakeRequest[] = [];
  keys: FakeKey[] = [];
  private scripts = new Map<string, Script>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
    private readonly firstKey: FakeKey,
  ) {
    this.reset();
  }

  static async start(): Promise<FakeClerk> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const clerk = new FakeClerk(server, `http://127.0.0.1:${port}`, await firstKey());
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [path = ''] = (request.url ?? '').split('?');
        const seen = {
          method: request.method ?? '',
          path,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        };
        clerk.requests.push(seen);
        const answer = clerk.answer(seen);
        if (answer.hangs) return;
        const send = () => {
          response.writeHead(answer.status ?? 200, {
            'content-type': 'application/json',
            ...answer.headers,
          });
          response.end(answer.text ?? JSON.stringify(answer.json ?? {}));
        };
        if (answer.after) void answer.after.then(send);
        else send();
      });
    });
    return clerk;
  }

  reset(): void {
    this.requests = [];
    this.scripts = new Map();
    this.keys = [this.firstKey];
    this.on('/v1/jwks', () => ({ json: { keys: this.keys.map((key) => key.jwk) } }));
    this.on('/.well-known/jwks.json', () => ({ json: { keys: this.keys.map((key) => key.jwk) } }));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  on(path: string, script: Script): void {
    this.scripts.set(path, script);
  }

  count(path: string): number {
    return this.requests.filter((request) => request.path === path).length;
  }

  /** Fetches of keys, wherever from. */
  get keyFetches(): number {
    return this.count('/v1/jwks') + this.count('/.well-known/jwks.json');
  }

  get key(): FakeKey {
    const [key] = this.keys;
    if (!key) throw new Error('The fake Clerk has no key.');
    return key;
  }

  async rotate(kid: string): Promise<void> {
    this.keys = [await createKey(kid)];
  }

  options(overrides: Partial<ClerkAuthOptions> = {}): ClerkAuthOptions {
    return {
      secretKey: 'sk_test_fixture',
      clerkDomain: this.url,
      apiURL: this.url,
      baseURL: BASE_URL,
      ...overrides,
    };
  }

  /** A JWT access token, as the OAuth flow issues it. */
  oauthToken(claims: Claims = {}, header: Record<string, unknown> = {}): Promise<string> {
    return this.sign(
      {
        sub: 'user_alice',
        client_id: 'client_1',
        aud: RESOURCE,
        scope: 'profile email',
        jti: `oat_${Math.random()}`,
        ...claims,
      },
      { typ: 'at+jwt', ...header },
    );
  }

  sessionToken(claims: Claims = {}, header: Record<string, unknown> = {}): Promise<string> {
    return this.sign(
      { sub: 'user_alice', sid: 'sess_1', azp: 'https://app.example.com', v: 2, ...claims },
      { typ: 'JWT', cat: 'cl_B7d4PD111AAA', ...header },
    );
  }

  idToken(claims: Claims = {}, header: Record<string, unknown> = {}): Promise<string> {
    return this.sign({ sub: 'user_alice', aud: 'client_1', ...claims }, { typ: 'JWT', ...header });
  }

  templateToken(claims: Claims = {}): Promise<string> {
    return this.sign(
      { sub: 'user_alice', azp: 'https://app.example.com', ...claims },
      { typ: 'JWT', cat: 'cl_B7d4PD222AAA' },
    );
  }

  /** Signs any claims; `undefined` takes a default away. */
  async sign(
    claims: Claims,
    header: Record<string, unknown> = {},
    key: FakeKey = this.key,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: this.url, iat: now, nbf: now, exp: now + 600, ...claims };
    return new SignJWT(JSON.parse(JSON.stringify(payload)))
      .setProtectedHeader(JSON.parse(JSON.stringify({ alg: 'RS256', kid: key.kid, ...header })))
      .sign(key.pair.privateKey);
  }

  private answer(request: FakeRequest): FakeAnswer {
    const script = this.scripts.get(request.path);
    if (script) return script(request);
    return { status: 404, json: { errors: [{ code: 'resource_not_found', message: 'no' }] } };
  }
}

/** The first key of every instance of a worker: finding one takes longer than most tests. */
let first: Promise<FakeKey> | undefined;
const firstKey = (): Promise<FakeKey> => (first ??= createKey('ins_1'));

export async function createKey(kid: string, modulusLength = 2048): Promise<FakeKey> {
  const pair = await generateKeyPair('RS256', { extractable: true, modulusLength });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid, use: 'sig', alg: 'RS256' };
  return { kid, pair, jwk, pem: await exportSPKI(pair.publicKey) };
}

/** What `POST /oauth_applications/access_tokens/verify` answers for a good token. */
export function opaqueVerdict(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    object: 'clerk_idp_oauth_access_token',
    id: 'oat_0123',
    client_id: 'client_1',
    type: 'oauth:access_token',
    subject: 'user_alice',
    scopes: ['profile', 'email'],
    revoked: false,
    revocation_reason: null,
    expired: false,
    expiration: Math.floor(Date.now() / 1000) + 600,
    created_at: Math.floor(Date.now() / 1000),
    updated_at: Math.floor(Date.now() / 1000),
    aud: [RESOURCE],
    ...overrides,
  };
}

export const VERIFY_PATH = '/oauth_applications/access_tokens/verify';
