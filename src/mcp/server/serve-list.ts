import type { ListName } from '../protocol/methods.js';
import type { CatalogServer } from './catalog-server.js';

/** Registers the handler of a list: the entries that its caller may use, page by page. */
export function serveList(catalogServer: CatalogServer, method: ListMethod, list: ListName): void {
  const { server, parts } = catalogServer;
  const { catalog, pages } = parts;
  // The four methods have the same params; the member of the result is the name of the list.
  server.setRequestHandler(method as 'tools/list', async ({ params }, sdkContext) => {
    const visible = await catalog[list].visibleTo(catalogServer.accessOf(sdkContext));
    const { entries, ...next } = pages.pageOf<(typeof visible)[number]>(
      list,
      visible,
      params?.cursor,
    );
    return { [list]: entries.map(({ definition }) => definition), ...next } as never;
  });
}

type ListMethod = 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list';
