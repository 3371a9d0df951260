import { CatalogServer, type ServerParts } from './catalog-server.js';
import { servePrompts } from './serve-prompts.js';
import { serveResources } from './serve-resources.js';
import { serveTasks } from './serve-tasks.js';
import { serveTools } from './serve-tools.js';

/** Creates a server of the SDK that serves the catalog. */
export function createCatalogServer(parts: ServerParts, era: CatalogServer['era']): CatalogServer {
  return serveCatalog(new CatalogServer(parts, era));
}

/** Registers the handlers of the catalog on a server. @returns the same server */
export function serveCatalog<S extends CatalogServer>(server: S): S {
  serveTools(server);
  serveResources(server);
  servePrompts(server);
  if (server.era === 'modern') serveTasks(server);
  return server;
}
