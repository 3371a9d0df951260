import { trimSlashes } from '../request/trim-slashes.js';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { PATH_METADATA } from '../mcp/nest-internals.js';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { ClerkAuthModule } from '../clerk/clerk-auth.module.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import type { McpCatalog } from '../mcp/catalog/mcp-catalog.js';
import { mcpServersIn, type McpServerParts } from '../mcp/catalog/mcp-servers.js';
import { NoSuchEndpointError, NoSuchToolError } from './testing.errors.js';

/** One MCP endpoint of the application under test. */
export interface Endpoint extends McpServerParts {
  readonly url: string;
  /** Name of the tool of a method. @throws {NoSuchToolError} the method is not a tool */
  toolOf(type: Type<object>, method: string): string;
}

/**
 * Finds the MCP endpoints of an application, in import order.
 *
 * @param origin origin of the application
 */
export function endpointsOf(app: INestApplicationContext, origin: string): readonly Endpoint[] {
  return mcpServersIn(app.get(ModulesContainer, { strict: false })).map((server) => ({
    ...server,
    url: urlOf(app, server.path, origin),
    toolOf: (type, method) => toolOf(server.catalog, type, method),
  }));
}

/** @throws {NoSuchEndpointError} */
export function endpointAt(endpoints: readonly Endpoint[], path: string | undefined): Endpoint {
  const wanted = path === undefined ? undefined : trimSlashes(path);
  const found = endpoints.find((one) => wanted === undefined || one.path === wanted);
  if (found) return found;
  throw new NoSuchEndpointError(
    wanted,
    endpoints.map((one) => one.path),
  );
}

/** The URL of a path below the global prefix. */
function urlOf(app: INestApplicationContext, path: string, origin: string): string {
  const prefix = app.get(ApplicationConfig, { strict: false }).getGlobalPrefix();
  const route = [prefix, path].map((part) => trimSlashes(part)).filter(Boolean);
  return new URL(`/${route.join('/')}`, origin).href;
}

/** URL of the webhook route; `undefined` if `ClerkAuthModule` is not imported. */
export function webhookURLOf(app: INestApplicationContext, origin: string): string | undefined {
  for (const { metatype, controllers } of app.get(ModulesContainer, { strict: false }).values()) {
    if (metatype !== ClerkAuthModule) continue;
    for (const { metatype: type } of controllers.values()) {
      if (type?.name !== WEBHOOK_CONTROLLER) continue;
      return urlOf(app, String(Reflect.getMetadata(PATH_METADATA, type)), origin);
    }
  }
  return undefined;
}

/** The controller class is created for each path, so that it can be found by name only. */
const WEBHOOK_CONTROLLER = 'ClerkWebhookController';

/** The resolved options of `ClerkAuthModule`; `undefined` if it is not imported. */
export function clerkOptionsOf(app: INestApplicationContext): ResolvedClerkOptions | undefined {
  for (const module of app.get(ModulesContainer, { strict: false }).values()) {
    const options = module.getProviderByKey<ResolvedClerkOptions>(CLERK_OPTIONS)?.instance;
    if (options) return options;
  }
  return undefined;
}

function toolOf({ tools }: McpCatalog, { name }: Type<object>, method: string): string {
  const source = `${name}.${method}`;
  const tool = tools.all.find((one) => one.source === source);
  if (tool) return tool.key;
  throw new NoSuchToolError(
    source,
    tools.all.map((one) => one.source),
  );
}
