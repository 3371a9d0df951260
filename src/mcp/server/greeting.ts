import type { ServerCapabilities } from '@modelcontextprotocol/server';
import type { CatalogServer, ServerParts } from './catalog-server.js';

/** What the SDK's server answers to `initialize`. */
export class Greeting {
  private capabilitiesOf:
    { readonly kinds: string; readonly known: ServerCapabilities } | undefined;
  /** Members of the result as JSON, by protocol revision. */
  private readonly members = new Map<string, string>();

  /** @param createServer creates a server of the SDK for clients before 2026-07-28 */
  constructor(
    private readonly parts: Pick<ServerParts, 'catalog' | 'options'>,
    readonly createServer: () => CatalogServer,
  ) {}

  /** Depend on nothing but the kinds of entries that the catalog has. */
  get capabilities(): ServerCapabilities {
    const { tools, prompts, resources, resourceTemplates, completions } = this.parts.catalog;
    const kinds = [tools, prompts, resources, resourceTemplates, completions]
      .map(({ size }) => Math.min(size, 1))
      .join('');
    if (this.capabilitiesOf?.kinds === kinds) return this.capabilitiesOf.known;
    this.members.clear();
    const known = this.createServer().capabilities;
    this.capabilitiesOf = { kinds, known };
    return known;
  }

  /** @param protocolVersion one that the SDK supports, and so agrees to */
  membersFor(protocolVersion: string): string {
    const { capabilities } = this;
    const written = this.members.get(protocolVersion);
    if (written !== undefined) return written;
    const { serverInfo, instructions } = this.parts.options;
    const result = {
      protocolVersion,
      capabilities,
      serverInfo,
      ...(instructions && { instructions }),
    };
    const members = JSON.stringify(result).slice(1, -1);
    this.members.set(protocolVersion, members);
    return members;
  }
}
