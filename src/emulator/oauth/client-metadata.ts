import { fetchPublicJson } from '../http/fetch-public-json.js';
import type { OAuthApplications, OAuthApplicationInput } from '../instance/oauth-applications.js';
import { UntrustedAuthorizationRequestError } from '../emulator.errors.js';
import { z } from 'zod';
import { redirectUriProblem } from './redirect-uri.js';

/** Clients that are known by the URL of a document (CIMD). */
export class ClientMetadata {
  readonly #known = new Map<string, unknown>();

  constructor(private readonly applications: OAuthApplications) {}

  /** Gives the document of a URL, in place of what the network would answer. */
  set(url: string, document: unknown): void {
    this.#known.set(url, document);
  }

  clear(): void {
    this.#known.clear();
  }

  /**
   * Makes a client known that an authorization request names by a URL. Does nothing for other ids.
   *
   * @throws UntrustedAuthorizationRequestError
   */
  async learn(clientId: string): Promise<void> {
    const isMade = this.applications.find(clientId)?.dynamicallyRegistered === false;
    if (isMade || !isMetadataUrl(clientId)) return;
    try {
      const document = this.#known.get(clientId) ?? (await fetchPublicJson(new URL(clientId)));
      const described = readMetadataDocument(clientId, document);
      this.applications.delete(clientId);
      this.applications.describe(described);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'It cannot be read.';
      throw new UntrustedAuthorizationRequestError(
        `The document of the client ${clientId} cannot be used. ${reason}`,
        { cause },
      );
    }
  }
}

/** Whether a client id is the URL of a document that describes the client. */
export function isMetadataUrl(clientId: string): boolean {
  if (!clientId.startsWith('https://') || !URL.canParse(clientId)) return false;
  const { href, pathname, hash, username, password } = new URL(clientId);
  return href === clientId && pathname !== '/' && !hash && !username && !password;
}

/**
 * Reads the document of a client (OAuth Client ID Metadata Document).
 *
 * @throws Error whose message may be shown
 */
export function readMetadataDocument(clientId: string, value: unknown): OAuthApplicationInput {
  const parsed = Document.safeParse(value);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { client_id, client_name, client_uri, redirect_uris } = parsed.data;
  if (client_id !== clientId) throw new Error('The document is about another client_id.');
  for (const uri of redirect_uris) {
    const problem = redirectUriProblem(uri);
    if (problem !== undefined) throw new Error(`A redirect URI ${problem}.`);
  }
  return {
    clientId,
    name: client_name?.trim() || new URL(clientId).host,
    redirectUris: redirect_uris,
    clientUri: client_uri ?? null,
    public: true,
  };
}

const Document = z.object({
  client_id: z.string(),
  client_name: z.string().max(200).optional(),
  client_uri: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
  redirect_uris: z.array(z.string().max(2_000)).min(1).max(20),
  // Nobody can share a secret by way of a public document.
  token_endpoint_auth_method: z.literal('none').optional(),
  client_secret: z.undefined().optional(),
});
