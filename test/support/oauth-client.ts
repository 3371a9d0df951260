import { randomUUID } from 'node:crypto';
import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { PageDriver } from '../emulator/page-driver.js';

export const REDIRECT_URL = 'http://127.0.0.1:33418/callback';

/** Walks through the pages of the authorization server, to the redirect back to the client. */
export type Browse = (url: URL) => Promise<URL>;

/** What a person answers on those pages. */
export interface Person {
  /** E-mail address of the account. */
  readonly account: string;
  /** Default: allows. */
  readonly consented?: 'true' | 'false';
}

/**
 * What an MCP client keeps about its authorization, and a person in front of it. It serves both
 * generations of the official client.
 */
export class OAuthClient implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT_URL;
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'Interop client',
    redirect_uris: [REDIRECT_URL],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  /** The answer of the authorization server to each authorization request. */
  readonly callbacks: URL[] = [];
  private readonly expectedState = randomUUID();
  private client: StoredOAuthClientInformation | undefined;
  private held: StoredOAuthTokens | undefined;
  private verifier = '';
  private discovered: OAuthDiscoveryState | undefined;

  private readonly browse: Browse;

  constructor(person: Person | Browse) {
    this.browse =
      typeof person === 'function'
        ? person
        : (url) => new PageDriver(url.origin).authorize(url, person);
  }

  /** The code that the last authorization brought. */
  get code(): string {
    const callback = this.callbacks.at(-1);
    const code = callback?.searchParams.get('code');
    if (!code) throw new Error(`no code, but ${callback?.search ?? 'no authorization at all'}`);
    return code;
  }

  /** The issuer that the last authorization response names (RFC 9207). */
  get issuer(): string | undefined {
    return this.callbacks.at(-1)?.searchParams.get('iss') ?? undefined;
  }

  /** The tokens, which must be there. */
  get current(): StoredOAuthTokens {
    if (!this.held) throw new Error('The client holds no tokens.');
    return this.held;
  }

  get clientId(): string {
    return this.client?.client_id ?? '';
  }

  state(): string {
    return this.expectedState;
  }

  clientInformation(): StoredOAuthClientInformation | undefined {
    return this.client;
  }

  saveClientInformation(client: StoredOAuthClientInformation): void {
    this.client = client;
  }

  tokens(): StoredOAuthTokens | undefined {
    return this.held;
  }

  saveTokens(tokens: StoredOAuthTokens): void {
    this.held = tokens;
  }

  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    if (scope === 'all' || scope === 'tokens') this.held = undefined;
    if (scope === 'all' || scope === 'client') this.client = undefined;
    if (scope === 'all' || scope === 'discovery') this.discovered = undefined;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    const callback = await this.browse(url);
    if (callback.searchParams.get('state') !== this.expectedState) {
      throw new Error('the state was exchanged');
    }
    this.callbacks.push(callback);
  }

  saveCodeVerifier(verifier: string): void {
    this.verifier = verifier;
  }

  codeVerifier(): string {
    return this.verifier;
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.discovered = state;
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.discovered;
  }
}
