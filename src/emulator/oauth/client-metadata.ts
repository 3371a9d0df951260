import { fetchPublicJson } from '../http/fetch-public-json.js';
import type { OAuthApplications } from '../instance/oauth-applications.js';
import { isMetadataUrl, readMetadataDocument } from './client-metadata-document.js';
import { UntrustedAuthorizationRequestError } from './authorization-request.js';

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
