import { trimSlashes } from './trim-slashes.js';
import { SetMetadata } from '@nestjs/common';
import { recordOf } from './request-record.js';

/** Metadata key of {@link HasEndpointGuards}. */
export const HAS_ENDPOINT_GUARDS = 'nestjs-clerk-mcp:has-endpoint-guards';

/**
 * Marks a controller with endpoint guards, which authenticate and run after the global guards. A guard
 * that is registered in both places calls {@link isAtEndpointGuards} to find out where it runs.
 */
export const HasEndpointGuards = (): ClassDecorator => SetMetadata(HAS_ENDPOINT_GUARDS, true);

/** Marks a request whose endpoint guards run now. */
export function markEndpointGuards(request: object): void {
  recordOf(request).isAtEndpointGuards = true;
}

/** Whether the endpoint guards of a request have started. */
export function isAtEndpointGuards(request: object): boolean {
  return recordOf(request).isAtEndpointGuards === true;
}

/** Metadata key of {@link ResourcePath}. */
export const RESOURCE_PATH = 'nestjs-clerk-mcp:resource-path';

/**
 * Assigns the routes of a controller to a protected resource, by the path of the resource. The guard
 * accepts tokens for this resource, and challenges point to its metadata. MCP endpoints have it already;
 * a controller without it belongs to the primary resource.
 *
 * @example
 * ```ts
 * @ResourcePath('notes')
 * @Controller('notes/export')
 * export class NotesExportController { … }
 * ```
 */
export const ResourcePath = (path: string): ClassDecorator =>
  SetMetadata(RESOURCE_PATH, trimSlashes(path));

/** Metadata key of {@link DeferAccess}. */
export const ACCESS_DEFERRED = 'nestjs-clerk-mcp:access-deferred';

/**
 * Marks a route that decides on access in its handler. The guard only authenticates; without this
 * decorator it also applies the access rule of the route.
 */
export const DeferAccess = (): ClassDecorator & MethodDecorator =>
  SetMetadata(ACCESS_DEFERRED, true);
