import { SetMetadata } from '@nestjs/common';

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
