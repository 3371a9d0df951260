import { exchangeOf } from '../invocation/mcp-exchange.js';
import type { ListName } from '../protocol/methods.js';
import type { CatalogServer } from './catalog-server.js';

/** Registers the handler of a list: the entries that its caller may see, page by page. */
export function serveList(catalogServer: CatalogServer, method: ListMethod, list: ListName): void {
  const { server, parts } = catalogServer;
  const { catalog, pages } = parts;
  // The four methods have the same params; the member of the result is the name of the list.
  server.setRequestHandler(method as 'tools/list', async ({ params }, sdkContext) => {
    const { access, signIn } = exchangeOf(sdkContext.http?.authInfo);
    const isOffered = catalog.signIn.offersTo(access, signIn);
    const visible = await catalog[list].visibleTo(access, isOffered);
    const { entries, ...next } = pages.pageOf<(typeof visible)[number]>(
      list,
      visible,
      params?.cursor,
    );
    const listed = entries.map((entry) => catalog.signIn.define(list, entry, signIn));
    return { [list]: listed, ...next } as never;
  });
}

type ListMethod = 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list';
