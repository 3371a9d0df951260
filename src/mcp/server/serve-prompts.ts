import { throwProtocolFailure } from '../invocation/handler-failure.js';
import { joinOrRun, exchangeOf } from '../invocation/mcp-exchange.js';
import { unknownEntry } from '../invocation/unknown-entry.js';
import type { CatalogServer } from './catalog-server.js';
import { complete } from './complete.js';
import { serveList } from './serve-list.js';
import { serves } from './served-kinds.js';

/** `prompts/list`, `prompts/get` and `completion/complete`. */
export function servePrompts(catalogServer: CatalogServer): void {
  const { server, parts } = catalogServer;
  const { catalog } = parts;
  if (serves('completion', parts)) {
    server.registerCapabilities({ completions: {} });
    server.setRequestHandler('completion/complete', ({ params }, sdkContext) => {
      const exchange = exchangeOf(sdkContext.http?.authInfo);
      return joinOrRun(exchange, sdkContext, () =>
        complete(catalog, params, exchange, async (completion) => {
          const { context } = await catalogServer.authorize(completion, sdkContext);
          return context;
        }),
      );
    });
  }
  if (!serves('prompt', parts)) return;
  server.registerCapabilities({ prompts: { listChanged: true } });

  serveList(catalogServer, 'prompts/list', 'prompts');

  server.setRequestHandler('prompts/get', async ({ params }, sdkContext) => {
    const prompt = catalog.prompts.get(params.name);
    if (!prompt) throw unknownEntry({ kind: 'prompt', key: params.name });
    try {
      const { exchange, context } = await catalogServer.authorize(prompt, sdkContext);
      return await joinOrRun(exchange, sdkContext, () =>
        prompt.get(params.arguments ?? {}, exchange, context),
      );
    } catch (error) {
      return throwProtocolFailure(error);
    }
  });
}
