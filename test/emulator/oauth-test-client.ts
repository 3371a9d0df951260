import { createHash, randomBytes } from 'node:crypto';
import type { ClerkEmulator, OAuthApplicationWithSecret } from '../../src/emulator/index.js';
import { PageDriver } from './page-driver.js';

export const REDIRECT_URI = 'http://127.0.0.1:33418/callback';

/** An OAuth client whose parameters can each be wrong. */
export class OAuthTestClient {
  readonly verifier = randomBytes(32).toString('base64url');
  readonly browser: PageDriver;

  constructor(
    readonly emulator: ClerkEmulator,
    readonly application: OAuthApplicationWithSecret = emulator.oauthApplications.create({
      name: 'By hand',
      redirectUris: [REDIRECT_URI],
      scopes: emulator.scopes.names,
    }),
  ) {
    this.browser = new PageDriver(emulator.url);
  }

  /** A valid authorization request; `null` omits a parameter. */
  authorizationUrl(changes: Readonly<Record<string, string | null>> = {}): URL {
    const url = new URL('/oauth/authorize', this.emulator.url);
    const parameters = {
      response_type: 'code',
      client_id: this.application.clientId,
      redirect_uri: REDIRECT_URI,
      state: 'a-long-enough-state',
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    };
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== null) url.searchParams.set(name, value);
    }
    return url;
  }

  /** An authorization code, obtained through the pages. */
  async code(
    changes: Readonly<Record<string, string | null>> = {},
    answers: Parameters<PageDriver['authorize']>[1] = {},
  ): Promise<string> {
    const callback = await this.browser.authorize(this.authorizationUrl(changes), answers);
    const code = callback.searchParams.get('code');
    if (code === null) throw new Error(`No code: ${callback.href}`);
    return code;
  }

  exchange(code: string, changes: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: this.verifier,
      ...changes,
    });
  }

  refresh(refreshToken: unknown, changes: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.token({
      grant_type: 'refresh_token',
      refresh_token: String(refreshToken),
      ...changes,
    });
  }

  token(form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.post('/oauth/token', form);
  }

  /** Posts a form as this client: with its id, or with its secret when it has one. */
  async post(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    const { clientId, clientSecret } = this.application;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const response = await fetch(this.emulator.url + path, {
      method: 'POST',
      headers: clientSecret === undefined ? {} : { authorization: `Basic ${basic}` },
      body: new URLSearchParams(
        clientSecret === undefined ? { client_id: clientId, ...form } : form,
      ),
    });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text || '{}') as Answer['body'] };
  }

  async userinfo(accessToken: unknown): Promise<Answer> {
    const response = await fetch(`${this.emulator.url}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${String(accessToken)}` },
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
