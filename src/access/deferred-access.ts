import { SetMetadata } from '@nestjs/common';

/** Metadata key of {@link DeferAccess}. */
export const ACCESS_DEFERRED = 'nestjs-clerk-mcp:access-deferred';

/**
 * Marks a route that decides on access by itself, entry by entry: a guard there only authenticates.
 * Without it, a guard applies the access rule of the route.
 */
export const DeferAccess = (): ClassDecorator & MethodDecorator =>
  SetMetadata(ACCESS_DEFERRED, true);
