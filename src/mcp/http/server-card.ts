import { createHash } from 'node:crypto';
import { identityOf } from '../catalog/server-identity.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { McpConfigurationError } from '../mcp.errors.js';
import { MODERN, REVISIONS } from '../protocol/revisions.js';
import type { McpServerCardOptions } from '../server-card.options.js';

/** A document as it is sent. */
export interface SentDocument {
  readonly type: string;
  readonly text: string;
  readonly etag: string;
}

/** A server card, and what an AI catalog says of it. */
export interface ServerCard {
  readonly document: SentDocument;
  readonly entry: { readonly identifier: string; readonly type: string; readonly url: string };
}

/**
 * The card of a server (SEP-2127): who it is, and where and how it is reached. It names no entry.
 *
 * @throws {McpConfigurationError} the URL is malformed, or a text does not fit
 */
export function serverCardOf(
  card: McpServerCardOptions,
  { serverInfo, legacy }: Pick<ResolvedMcpOptions, 'serverInfo' | 'legacy'>,
): ServerCard {
  const url = URL.canParse(card.url) ? new URL(card.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new McpConfigurationError(
      `serverCard.url is ${JSON.stringify(card.url)}. Write the public URL of the endpoint: https://mcp.example.com/mcp.`,
    );
  }
  const identity = identityOf(serverInfo, url.href, card);
  if ('problem' in identity) throw new McpConfigurationError(`serverCard: the ${identity.problem}`);
  const { icons = [], ...texts } = identity;
  const linked = icons.filter(({ src }) => src.startsWith('https:') && src.length <= MAX_SRC);
  const supportedProtocolVersions = legacy === 'reject' ? [MODERN] : REVISIONS;
  const document = documentOf(CARD_TYPE, {
    $schema: SCHEMA,
    ...texts,
    ...(linked.length > 0 && { icons: linked }),
    ...(card.repository && { repository: card.repository }),
    remotes: [{ type: 'streamable-http', url: url.href, supportedProtocolVersions }],
  });
  const name = identity.name.slice(identity.name.indexOf('/') + 1);
  const entry = {
    identifier: `urn:air:${url.hostname}:mcp:${name}`,
    type: CARD_TYPE,
    url: `${url.href.replace(/\/$/, '')}${CARD_PATH}`,
  };
  return { document, entry };
}

/** The AI catalog of a host: where its cards are. */
export function aiCatalogOf(cards: readonly ServerCard[]): SentDocument {
  return documentOf(CATALOG_TYPE, { specVersion: '1.0', entries: cards.map(({ entry }) => entry) });
}

function documentOf(type: string, content: object): SentDocument {
  const text = JSON.stringify(content);
  return { type, text, etag: `"${createHash('sha256').update(text).digest('hex')}"` };
}

/** After the path of the endpoint. */
export const CARD_PATH = '/server-card';
export const AI_CATALOG_PATH = '/.well-known/ai-catalog.json';

const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json';
const CARD_TYPE = 'application/mcp-server-card+json';
const CATALOG_TYPE = 'application/ai-catalog+json';
/** Characters of the URL of an icon. */
const MAX_SRC = 255;
