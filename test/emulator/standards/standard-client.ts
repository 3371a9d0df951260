import { createHash, randomBytes } from 'node:crypto';
import { PageDriver } from '../page-driver.js';

export const REDIRECT_URI = 'http://127.0.0.1:33418/callback';
export const RESOURCE = 'https://notes.example.com/mcp';

export interface JsonResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

type Changes = Readonly<Record<string, string | null>>;

/** A client that knows the server only by its metadata. */
export class StandardClient {
  readonly verifier = randomBytes(32).toString('base64url');
  private readonly browser: PageDriver;

  private constructor(
    readonly metadata: Readonly<Record<string, unknown>>,
    readonly registration: Readonly<Record<string, unknown>>,
  ) {
    this.browser = new PageDriver(String(metadata['issuer']));
  }

  /** Discovers the server and registers. */
  static async register(
    issuer: string,
    method: 'none' | 'client_secret_basic' | 'client_secret_post' = 'none',
  ): Promise<StandardClient> {
    // Clerk names registration in one document, introspection in the other.
    const documents = await Promise.all(
      ['oauth-authorization-server', 'openid-configuration'].map((name) =>
        getJson(`${issuer}/.well-known/${name}`),
      ),
    );
    const body = Object.assign({}, ...documents.map((document) => document.body)) as Record<
      string,
      unknown
    >;
    const registered = await postJson(String(body['registration_endpoint']), {
      client_name: 'By the standards',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: method,
      scope: 'openid profile email offline_access',
    });
    if (registered.status !== 201) throw new Error(JSON.stringify(registered.body));
    return new StandardClient(body, registered.body);
  }

  get id(): string {
    return String(this.registration['client_id']);
  }

  /** A valid authorization request; `null` omits a parameter. */
  authorizationUrl(changes: Changes = {}): URL {
    const url = new URL(String(this.metadata['authorization_endpoint']));
    const parameters = {
      response_type: 'code',
      client_id: this.id,
      redirect_uri: REDIRECT_URI,
      scope: 'openid profile email offline_access',
      prompt: 'consent',
      state: 'a-long-enough-state',
      nonce: 'n-42',
      resource: RESOURCE,
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    };
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== null) url.searchParams.set(name, value);
    }
    return url;
  }

  /** The last redirect of the authorization. */
  authorize(changes: Changes = {}): Promise<URL> {
    return this.browser.authorize(this.authorizationUrl(changes));
  }

  /** The page in response to a request that cannot be redirected to the client. */
  async page(changes: Changes): Promise<Response> {
    return this.browser.follow(await this.browser.get(this.authorizationUrl(changes)));
  }

  async code(changes: Changes = {}): Promise<string> {
    const callback = await this.authorize(changes);
    const code = callback.searchParams.get('code');
    if (code === null) throw new Error(`No code: ${callback.href}`);
    return code;
  }

  exchange(code: string, changes: Changes = {}): Promise<JsonResponse> {
    return this.post('token_endpoint', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: this.verifier,
      ...changes,
    });
  }

  /** The tokens of a complete authorization. */
  async tokens(changes: Changes = {}): Promise<Record<string, unknown>> {
    const { status, body } = await this.exchange(await this.code(changes));
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }

  refresh(refreshToken: unknown, changes: Changes = {}): Promise<JsonResponse> {
    const form = { grant_type: 'refresh_token', refresh_token: String(refreshToken) };
    return this.post('token_endpoint', { ...form, ...changes });
  }

  revoke(token: unknown): Promise<JsonResponse> {
    return this.post('revocation_endpoint', { token: String(token) });
  }

  introspect(token: unknown): Promise<JsonResponse> {
    return this.post('introspection_endpoint', { token: String(token) });
  }

  /** Posts a form to an endpoint, as this client. */
  post(endpoint: string, changes: Changes): Promise<JsonResponse> {
    const { client_secret: secret, token_endpoint_auth_method: method } = this.registration;
    const credentials = {
      client_id: this.id,
      ...(method === 'client_secret_post' && { client_secret: String(secret) }),
    };
    const isBasic = method === 'client_secret_basic';
    const form = Object.entries({ ...(isBasic ? {} : credentials), ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    );
    const basic = Buffer.from(`${this.id}:${String(secret)}`).toString('base64');
    return request(String(this.metadata[endpoint]), {
      method: 'POST',
      headers: isBasic ? { authorization: `Basic ${basic}` } : {},
      body: new URLSearchParams(form),
    });
  }
}

export function getJson(url: string): Promise<JsonResponse> {
  return request(url, {});
}

export function postJson(url: string, body: unknown): Promise<JsonResponse> {
  const headers = { 'content-type': 'application/json' };
  return request(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function request(url: string, init: RequestInit): Promise<JsonResponse> {
  const { status, headers, ...response } = await fetch(url, { ...init, redirect: 'manual' }).then(
    async (reply) => ({
      status: reply.status,
      headers: reply.headers,
      text: await reply.text(),
    }),
  );
  const body = response.text === '' ? {} : (JSON.parse(response.text) as JsonResponse['body']);
  return { status, headers, body };
}
