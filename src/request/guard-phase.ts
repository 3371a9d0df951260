import { SetMetadata } from '@nestjs/common';
import { carrierOf } from './request-principal.js';

/** Metadata key of {@link HasEndpointGuards}. */
export const HAS_ENDPOINT_GUARDS = 'nestjs-clerk-mcp:has-own-guards';

/**
 * Marks a controller that runs guards of its own, which authenticate, after those of the whole
 * application. A guard that is listed in both places tells by {@link isAtEndpointGuards} where it runs.
 */
export const HasEndpointGuards = (): ClassDecorator => SetMetadata(HAS_ENDPOINT_GUARDS, true);

/** Notes that a request has come to the controller's own guards. */
export function markEndpointGuards(request: object): void {
  const carrier: Carrier = carrierOf(request);
  carrier[AT_OWN_GUARDS] = true;
}

/** Whether a request has come to the controller's own guards. */
export function isAtEndpointGuards(request: object): boolean {
  const carrier: Carrier = carrierOf(request);
  return carrier[AT_OWN_GUARDS] === true;
}

const AT_OWN_GUARDS: unique symbol = Symbol.for('nestjs-clerk-mcp:at-own-guards');

interface Carrier {
  [AT_OWN_GUARDS]?: boolean;
}

/** Metadata key of {@link ResourcePath}. */
export const RESOURCE_PATH = 'nestjs-clerk-mcp:resource-path';

/**
 * Names the protected resource that the routes of a controller belong to, by its path. A guard there
 * lets in tokens for this resource, and a challenge points to its metadata. Each MCP endpoint carries
 * it; a controller without it belongs to the primary resource.
 *
 * @example
 * ```ts
 * @ResourcePath('notes')
 * @Controller('notes/export')
 * export class NotesExportController { … }
 * ```
 */
export const ResourcePath = (path: string): ClassDecorator =>
  SetMetadata(RESOURCE_PATH, path.replace(/^\/+|\/+$/g, ''));

/** Metadata key of {@link DeferAccess}. */
export const ACCESS_DEFERRED = 'nestjs-clerk-mcp:access-deferred';

/**
 * Marks a route that decides on access by itself, entry by entry: a guard there only authenticates.
 * Without it, a guard applies the access rule of the route.
 */
export const DeferAccess = (): ClassDecorator & MethodDecorator =>
  SetMetadata(ACCESS_DEFERRED, true);
