import { randomUUID } from 'node:crypto';

/** What an application keeps about its authorization. Every library calls it by these names. */
export class ApplicationAuth {
  readonly clientMetadata;
  /** What each visit to the authorization server brought. */
  readonly callbacks: URL[] = [];
  /** How often the person was asked to sign in. */
  asked = 0;
  readonly #kept = new Map<string, unknown>();
  #state: string = randomUUID();

  constructor(
    private readonly browser: string,
    readonly redirectUrl: string,
  ) {
    this.clientMetadata = {
      client_name: 'Client matrix',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  /** The last callback with a code. Throws what the authorization server says instead. */
  get callback(): URL {
    const callback = this.callbacks.at(-1);
    if (callback === undefined) throw new Error('nobody was asked to sign in');
    const error = callback.searchParams.get('error');
    if (error === null) return callback;
    throw new Error(`${error}: ${callback.searchParams.get('error_description') ?? ''}`);
  }

  get code(): string {
    return this.callback.searchParams.get('code') ?? '';
  }

  get issuer(): string | undefined {
    return this.callback.searchParams.get('iss') ?? undefined;
  }

  state = (): string => this.#state;
  saveState = (state: string): void => void (this.#state = state);
  storedState = (): string => this.#state;

  clientInformation = () => this.#kept.get('client');
  saveClientInformation = (value: unknown) => void this.#kept.set('client', value);
  isClientInformationDynamicallyRegistered = () => true;
  tokens = () => this.#kept.get('tokens');
  saveTokens = (value: unknown) => void this.#kept.set('tokens', value);
  codeVerifier = () => this.#kept.get('verifier');
  saveCodeVerifier = (value: unknown) => void this.#kept.set('verifier', value);
  discoveryState = () => this.#kept.get('discovery');
  saveDiscoveryState = (value: unknown) => void this.#kept.set('discovery', value);
  authorizationServerInformation = () => this.#kept.get('server');
  saveAuthorizationServerInformation = (value: unknown) => void this.#kept.set('server', value);

  invalidateCredentials = (scope: string): void => {
    if (scope === 'all') this.#kept.clear();
    else this.#kept.delete(scope);
  };

  redirectToAuthorization = async (url: URL): Promise<void> => {
    this.callbacks.push(await this.visit(url));
  };

  /** Has the person sign in; with `deliver` the browser goes on to the callback. */
  async visit(url: URL, deliver = false): Promise<URL> {
    this.asked += 1;
    const endpoint = new URL(this.browser);
    if (!deliver) endpoint.searchParams.set('deliver', 'no');
    const response = await fetch(endpoint, { method: 'POST', body: url.href });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return new URL(text);
  }
}
