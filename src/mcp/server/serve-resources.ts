import {
  type ServerContext,
  isInputRequiredResult,
  type InputRequiredResult,
  type ReadResourceResult,
} from '@modelcontextprotocol/server';
import type { McpCacheHint } from '../authoring/mcp-resource.decorator.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import { joinOrRun } from '../invocation/mcp-exchange.js';
import { unknownEntry } from '../invocation/unknown-entry.js';
import type { CatalogServer } from './catalog-server.js';
import { serveList } from './serve-list.js';
import { serves } from './served-kinds.js';

/**
 * `resources/list`, `resources/templates/list`, `resources/read` and the 2025-era subscriptions.
 */
export function serveResources(catalogServer: CatalogServer): void {
  const { server, parts } = catalogServer;
  const { catalog } = parts;
  if (!serves('resource', parts)) return;
  server.registerCapabilities({ resources: { subscribe: true, listChanged: true } });

  serveList(catalogServer, 'resources/list', 'resources');

  serveList(catalogServer, 'resources/templates/list', 'resourceTemplates');

  server.setRequestHandler('resources/read', async ({ params: { uri } }, sdkContext) => {
    const { entry, variables, exchange, context } = await authorizeResource(uri, sdkContext);
    const result = await joinOrRun(exchange, sdkContext, () =>
      entry.read(variables, exchange, context),
    );
    return withCacheHint(result, entry.cache);
  });

  server.setRequestHandler('resources/subscribe', async ({ params: { uri } }, sdkContext) => {
    await authorizeResource(uri, sdkContext);
    await catalogServer.subscriptions.add(catalog.canonicalUri(uri));
    return {};
  });

  server.setRequestHandler('resources/unsubscribe', async ({ params: { uri } }) => {
    await catalogServer.subscriptions.delete(catalog.canonicalUri(uri));
    return {};
  });

  async function authorizeResource(uri: string, sdkContext: ServerContext) {
    const found = catalog.resourceAt(uri);
    if (!found) throw unknownEntry({ kind: 'resource', key: uri });
    try {
      return { ...found, ...(await catalogServer.authorize(found.entry, sdkContext, found.uri)) };
    } catch (error) {
      return throwProtocolFailure(error);
    }
  }
}

/** The result of a read, with the cache hint of its resource if it has one. */
export function withCacheHint(
  result: ReadResourceResult | InputRequiredResult,
  cache: McpCacheHint | undefined,
): ReadResourceResult | InputRequiredResult {
  if (!cache || isInputRequiredResult(result)) return result;
  return { ...result, ttlMs: cache.ttlMs, cacheScope: cache.scope };
}
