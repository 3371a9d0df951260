import { z } from 'zod';
import type { EmulatorSwitches } from '../emulator-switches.js';
import { UntrustedAuthorizationRequestError } from '../emulator.errors.js';
import { fetchPublicJson } from '../http/fetch-public-json.js';
import { BoundedStore } from '../instance/bounded-store.js';
import type { OAuthApplicationInput, OAuthApplications } from '../instance/oauth-applications.js';
import { redirectUriProblem } from './redirect-uri.js';

/** Clients whose `client_id` is the URL of a metadata document (CIMD). */
export class ClientMetadata {
  readonly #documents: BoundedStore<unknown>;

  constructor(
    max: number,
    now: () => number,
    private readonly applications: OAuthApplications,
    private readonly switches: Readonly<EmulatorSwitches>,
  ) {
    this.#documents = new BoundedStore(max, now);
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { documents: this.#documents };
  }

  /** Sets the document of a URL, which is then not fetched. */
  set(url: string, document: unknown): void {
    this.#documents.set(url, document);
  }

  /** The documents that were set, by their URL. */
  documents(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#documents.snapshot());
  }

  clear(): void {
    this.#documents.clear();
  }

  /**
   * Reads the metadata document of a client and registers the client. Does nothing when the id is not
   * a URL, or when the developer created the client.
   *
   * @throws UntrustedAuthorizationRequestError
   */
  async learn(clientId: string): Promise<void> {
    const isCreated = this.applications.find(clientId)?.dynamicallyRegistered === false;
    if (isCreated || !isMetadataUrl(clientId)) return;
    try {
      const document = this.#documents.get(clientId) ?? (await fetchPublicJson(new URL(clientId)));
      const metadata = readMetadataDocument(clientId, document);
      this.applications.delete(clientId);
      const { clientMetadataScopes } = this.switches;
      const scopes = [...new Set([...clientMetadataScopes, 'offline_access'])];
      this.applications.describe({ ...metadata, scopes });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'It cannot be read.';
      throw new UntrustedAuthorizationRequestError(
        `The document of the client ${clientId} cannot be used. ${reason}`,
        { cause },
      );
    }
  }
}

/** Whether a client id is the URL of a metadata document. */
function isMetadataUrl(clientId: string): boolean {
  if (!clientId.startsWith('https://') || !URL.canParse(clientId)) return false;
  const { href, pathname, hash, username, password } = new URL(clientId);
  return href === clientId && pathname !== '/' && !hash && !username && !password;
}

/**
 * Validates an OAuth Client ID Metadata Document.
 *
 * @throws Error whose message may be shown to the user
 */
function readMetadataDocument(clientId: string, value: unknown): OAuthApplicationInput {
  const parsed = Document.safeParse(value);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { client_id, client_name, client_uri, logo_uri, redirect_uris } = parsed.data;
  if (client_id !== clientId) throw new Error('The document is about another client_id.');
  for (const uri of redirect_uris) {
    const problem = redirectUriProblem(uri);
    if (problem !== undefined) throw new Error(`A redirect URI ${problem}.`);
  }
  return {
    clientId,
    name: client_name,
    redirectUris: redirect_uris,
    clientUri: client_uri ?? null,
    logoUri: logo_uri ?? null,
    public: true,
  };
}

const link = z
  .url({ protocol: /^https?$/ })
  .max(1_024)
  .optional();

const Document = z.object({
  client_id: z.string(),
  client_name: z.string().trim().min(1).max(256),
  client_uri: link,
  logo_uri: link,
  redirect_uris: z.array(z.string().max(2_000)).min(1).max(20),
  // A public document cannot contain a secret.
  token_endpoint_auth_method: z.literal('none').optional(),
  client_secret: z.undefined().optional(),
});
