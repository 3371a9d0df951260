import { isJsonObject, type JsonObject } from '../../../request/json-object.js';
import type { ResolvedClerkOptions } from '../../../clerk/resolved-clerk-options.js';
import { type Probe, type ProbeResult } from '../../probe.js';
import type { Secrets } from '../../secrets.js';

/** The instance under examination, and what the run made in it. */
export class LiveInstance {
  /** Refresh tokens that still work, with their client, for the end of the run. */
  readonly refreshTokens = new Map<string, string>();
  readonly #applicationIds = new Set<string>();
  readonly #clientIds = new Set<string>();

  /**
   * @param probe ends with the command
   * @param lastingProbe goes on after Ctrl+C: for requests that create or delete
   * @param runName unique name of everything that the run creates
   */
  constructor(
    private readonly clerk: ResolvedClerkOptions,
    private readonly probe: Probe,
    private readonly lastingProbe: Probe,
    readonly secrets: Secrets,
    readonly runName: string,
  ) {
    secrets.keep(clerk.secretKey, clerk.publishableKey, runName);
    secrets.mask(clerk.issuer, 'https://<frontend-api>');
  }

  get issuer(): string {
    return this.clerk.issuer;
  }

  get(url: string, init?: RequestInit): Promise<ProbeResult> {
    return this.probe(url, init);
  }

  /** A request to the Frontend API. Its paths are fixed, so that a document cannot lead credentials away. */
  frontend(path: string, init?: RequestInit): Promise<ProbeResult> {
    return this.probe(`${this.clerk.issuer}${path}`, init);
  }

  backend(path: string, body?: JsonObject): Promise<ProbeResult> {
    return this.#backend(this.probe, body ? 'POST' : 'GET', path, body);
  }

  /** Creates an OAuth application: a public client with these redirect URIs and scopes. */
  async createApplication(
    redirectUris: readonly string[],
    scopes: string,
  ): Promise<LiveClient | ProbeResult> {
    const answer = await this.#backend(this.lastingProbe, 'POST', '/v1/oauth_applications', {
      name: this.runName,
      redirect_uris: redirectUris,
      scopes,
      public: true,
      pkce_required: true,
      consent_screen_enabled: true,
    });
    const created = bodyOf(answer);
    const { id, client_id: clientId } = created;
    this.secrets.keep(id, clientId, created['client_secret'], created['instance_id']);
    if (typeof id === 'string') this.#applicationIds.add(id);
    return typeof clientId === 'string' ? { clientId } : answer;
  }

  /** Registers a public client at the authorization server (RFC 7591). */
  async register(redirectUris: readonly string[], scope: string | undefined): Promise<ProbeResult> {
    const answer = await this.lastingProbe(`${this.clerk.issuer}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: this.runName,
        redirect_uris: redirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        ...(scope !== undefined && { scope }),
      }),
    });
    const { client_id: clientId, client_secret: secret } = bodyOf(answer);
    this.secrets.keep(clientId, secret);
    if (typeof clientId === 'string') this.#clientIds.add(clientId);
    return answer;
  }

  /** Marks a client that the instance creates by itself, for deletion. */
  adopt(clientId: string): void {
    this.#clientIds.add(clientId);
  }

  /** The OAuth application of a client; `undefined` if the Backend API does not show it. */
  async application(clientId: string): Promise<JsonObject | undefined> {
    const listed = await this.#list(this.probe, clientId);
    return listed?.find((one) => one['client_id'] === clientId);
  }

  /** A request to the token endpoint as a public client. */
  async token(clientId: string, form: Readonly<Record<string, string>>): Promise<ProbeResult> {
    const answer = await this.frontend('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({ client_id: clientId, ...form }),
    });
    const json = bodyOf(answer);
    this.secrets.keep(json['access_token'], json['refresh_token'], json['id_token']);
    if (typeof json['refresh_token'] === 'string') {
      this.refreshTokens.set(json['refresh_token'], clientId);
    }
    return answer;
  }

  /**
   * Deletes what the run made, also after Ctrl+C.
   *
   * @returns what could not be deleted, in words
   */
  async cleanUp(): Promise<readonly string[]> {
    for (const [token, clientId] of this.refreshTokens) {
      // Without a result: the deletion of the client ends its tokens as well.
      await this.lastingProbe(`${this.clerk.issuer}/oauth/token/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: clientId, token }),
      });
    }
    const found = await this.#madeApplications();
    for (const { id } of found ?? []) if (typeof id === 'string') this.#applicationIds.add(id);
    const left: string[] = [];
    for (const id of this.#applicationIds) {
      if (!(await this.#delete(id))) left.push(`an OAuth application named "${this.runName}"`);
    }
    if (found === undefined && this.#clientIds.size > 0) {
      left.push(`${this.#clientIds.size} registered client(s) named "${this.runName}"`);
    }
    return left;
  }

  async #delete(id: string): Promise<boolean> {
    for (let attempt = 0; attempt < DELETE_ATTEMPTS; attempt += 1) {
      const answer = await this.#backend(
        this.lastingProbe,
        'DELETE',
        `/v1/oauth_applications/${encodeURIComponent(id)}`,
      );
      if ('status' in answer && (answer.status === 200 || answer.status === 404)) return true;
    }
    return false;
  }

  /** `undefined` if the Backend API does not list them. */
  async #madeApplications(): Promise<readonly JsonObject[] | undefined> {
    const isMade = ({ name, client_id }: JsonObject) =>
      name === this.runName || this.#clientIds.has(String(client_id));
    const queries = [this.runName, ...[...this.#clientIds].filter((id) => id.includes(':'))];
    const lists = [];
    for (const query of queries) {
      const found = await this.#list(this.lastingProbe, query);
      if (found === undefined) return undefined;
      lists.push(...found.filter(isMade));
    }
    return lists;
  }

  /** Lists OAuth applications by name or client id; reads page by page where there is no such filter. */
  async #list(probe: Probe, query: string): Promise<readonly JsonObject[] | undefined> {
    const filter = `&name_query=${encodeURIComponent(query)}`;
    const first = dataOf(await this.#backend(probe, 'GET', `${LIST}&offset=0${filter}`));
    if (first && first.length > 0) return first;
    const all: JsonObject[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const path = `${LIST}&offset=${page * PAGE_SIZE}`;
      const data = dataOf(await this.#backend(probe, 'GET', path));
      if (data === undefined) return undefined;
      all.push(...data);
      if (data.length < PAGE_SIZE) return all;
    }
    return all;
  }

  #backend(probe: Probe, method: string, path: string, body?: JsonObject): Promise<ProbeResult> {
    return probe(`${this.clerk.apiURL}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.clerk.secretKey}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}

/** A client of the run, always a public one. */
export interface LiveClient {
  readonly clientId: string;
}

const DELETE_ATTEMPTS = 3;
const PAGE_SIZE = 100;
const MAX_PAGES = 20;
const LIST = `/v1/oauth_applications?limit=${PAGE_SIZE}`;

function dataOf(result: ProbeResult): readonly JsonObject[] | undefined {
  const { data } = bodyOf(result);
  return 'status' in result && result.status === 200 && Array.isArray(data)
    ? data.filter(isJsonObject)
    : undefined;
}

/** The JSON object of an answer with any status; an empty one without an answer. */
export function bodyOf(result: ProbeResult): JsonObject {
  return 'status' in result ? (result.json ?? {}) : {};
}

/** What an answer says in place of a success: a code of OAuth or of Clerk, or the status. */
export function errorOf(result: ProbeResult): string {
  if ('failure' in result) return result.failure;
  const { error, errors } = bodyOf(result);
  if (typeof error === 'string') return codeOf(error);
  const [first] = Array.isArray(errors) ? (errors as readonly unknown[]) : [];
  if (isJsonObject(first) && typeof first['code'] === 'string') return codeOf(first['code']);
  return `status ${result.status}`;
}

/** A code has no spaces; anything else may be a text about a person. */
export function codeOf(text: string): string {
  return /^[\w.:-]{1,60}$/.test(text) ? text : 'an unreadable code';
}
