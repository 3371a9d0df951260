import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  isInputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { CatalogServer } from './catalog-server.js';
import { pageOf } from './pages.js';

/** `resources/list`, `resources/templates/list`, `resources/read` and the subscriptions of 2025. */
export function serveResources(catalogServer: CatalogServer): void {
  const { server, parts } = catalogServer;
  const { catalog, options } = parts;
  if (catalog.resources.size + catalog.resourceTemplates.size === 0 && !options.dynamic) return;
  server.registerCapabilities({ resources: { subscribe: true, listChanged: true } });

  server.setRequestHandler('resources/list', ({ params }, serving) => {
    const visible = catalog.resources.visibleTo(catalogServer.callerOf(serving));
    const { entries, ...next } = pageOf('resources', visible, params?.cursor, options.pageSize);
    return { resources: entries.map(({ definition }) => definition), ...next };
  });

  server.setRequestHandler('resources/templates/list', ({ params }, serving) => {
    const visible = catalog.resourceTemplates.visibleTo(catalogServer.callerOf(serving));
    const { entries, ...next } = pageOf('templates', visible, params?.cursor, options.pageSize);
    return { resourceTemplates: entries.map(({ definition }) => definition), ...next };
  });

  server.setRequestHandler('resources/read', async ({ params: { uri } }, serving) => {
    const { entry, variables, exchange, context } = enterResource(uri, serving);
    const result = await entry.read(variables, exchange, context);
    if (isInputRequiredResult(result) || !entry.cache) return result;
    return { ...result, ttlMs: entry.cache.ttlMs, cacheScope: entry.cache.scope };
  });

  server.setRequestHandler('resources/subscribe', ({ params: { uri } }, serving) => {
    enterResource(uri, serving);
    const { subscriptions } = catalogServer;
    if (subscriptions.size >= MAX_SUBSCRIPTIONS && !subscriptions.has(uri)) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `This session has ${MAX_SUBSCRIPTIONS} subscriptions. Unsubscribe from some first.`,
      );
    }
    subscriptions.add(uri);
    return {};
  });

  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    catalogServer.subscriptions.delete(uri);
    return {};
  });

  function enterResource(uri: string, serving: ServerContext) {
    const found = catalog.resourceAt(uri);
    if (!found) throw new ResourceNotFoundError(uri);
    try {
      return { ...found, ...catalogServer.enter(found.entry, serving, uri) };
    } catch (error) {
      return throwProtocolFailure(error);
    }
  }
}

/** Of one session. */
const MAX_SUBSCRIPTIONS = 1_000;
