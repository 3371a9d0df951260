import { randomBytes } from 'node:crypto';
import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { Secrets } from '../secrets.js';
import { SignInListener } from '../sign-in-listener.js';
import type { Terminal } from '../terminal.js';
import { loadClient } from './load-client.js';

/** How a person signs in. */
interface BrowserSignIn {
  /** Default: a client is registered, or a metadata document is used. */
  readonly clientId: string | undefined;
  /** URL of a client metadata document. */
  readonly clientMetadata: string | undefined;
  readonly scope: string | undefined;
  /** How long the sign-in may take, in milliseconds. */
  readonly waitMs: number;
  readonly opensBrowser: boolean;
}

/**
 * Signs a person in through the browser, as a public client with PKCE and a redirect to loopback, and
 * returns the access token. Nothing is kept: the next command signs in again.
 */
export async function signInWithBrowser(
  url: string,
  options: BrowserSignIn,
  terminal: Terminal,
): Promise<string> {
  const { auth } = await loadClient();
  const listener = await SignInListener.open('nestjs-clerk-mcp');
  const limit = AbortSignal.timeout(options.waitMs);
  const signal = AbortSignal.any([terminal.stopped, limit]);
  try {
    const client = new OneSignIn(listener.redirectUri, options);
    const flow = { serverUrl: url, fetchFn: boundedFetch(signal) };
    const scope = options.scope === undefined ? {} : { scope: options.scope };
    await auth(client, { ...flow, ...scope });
    const response = await listener.authorize(
      { url: client.authorizationURL, state: client.expectedState },
      (page) => show(page, options.opensBrowser, terminal),
      signal,
    );
    const iss = response.get('iss');
    await auth(client, {
      ...flow,
      authorizationCode: codeOf(response),
      ...(iss !== null && { iss }),
    });
    return client.accessToken;
  } catch (error) {
    if (terminal.stopped.aborted) throw new Error('Stopped.', { cause: error });
    if (limit.aborted) {
      const seconds = options.waitMs / 1_000;
      throw new Error(`Nobody signed in within ${seconds} seconds. Try again.`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    // An answer of a server may repeat what it was sent.
    throw new Error(`The sign-in failed: ${new Secrets().redact(reason)}`, { cause: error });
  } finally {
    await listener.close();
  }
}

/** Of each request, in milliseconds. */
const TIMEOUT = 10_000;

function boundedFetch(stopped: AbortSignal): typeof fetch {
  return (target, init) =>
    fetch(target, { ...init, signal: AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT)]) });
}

function show(page: string, opensBrowser: boolean, terminal: Terminal): void {
  terminal.printError(`Sign in, and allow the request, at:\n\n${page}\n`);
  if (opensBrowser) terminal.open(page);
}

function codeOf(response: URLSearchParams): string {
  const [code, error] = [response.get('code'), response.get('error')];
  if (code !== null && error === null) return code;
  const description = response.get('error_description');
  throw new Error(`${error ?? 'no code'}${description === null ? '' : ` (${description})`}`);
}

/** What the official client needs to remember during one sign-in, in memory only. */
class OneSignIn implements OAuthClientProvider {
  readonly clientMetadata: OAuthClientMetadata;
  readonly clientMetadataUrl?: string;
  readonly expectedState = randomBytes(32).toString('base64url');
  authorizationURL = '';
  #client: StoredOAuthClientInformation | undefined;
  #tokens: StoredOAuthTokens | undefined;
  #verifier = '';
  #discovery: OAuthDiscoveryState | undefined;

  constructor(
    readonly redirectUrl: string,
    { clientId, clientMetadata, scope }: BrowserSignIn,
  ) {
    this.clientMetadata = {
      client_name: 'nestjs-clerk-mcp',
      redirect_uris: [redirectUrl],
      // No refresh token: nothing keeps it.
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...(scope !== undefined && { scope }),
    };
    if (clientMetadata !== undefined) this.clientMetadataUrl = clientMetadata;
    if (clientId !== undefined) this.#client = { client_id: clientId };
  }

  get accessToken(): string {
    if (this.#tokens) return this.#tokens.access_token;
    throw new Error('the authorization server issued no token');
  }

  state(): string {
    return this.expectedState;
  }

  clientInformation(): StoredOAuthClientInformation | undefined {
    return this.#client;
  }

  saveClientInformation(client: StoredOAuthClientInformation): void {
    this.#client = client;
  }

  tokens(): StoredOAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: StoredOAuthTokens): void {
    this.#tokens = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.authorizationURL = url.href;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery;
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
  }
}
