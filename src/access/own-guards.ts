import { SetMetadata } from '@nestjs/common';
import { carrierOf } from './request-principal.js';

/** Metadata key of {@link HasOwnGuards}. */
export const HAS_OWN_GUARDS = 'nestjs-clerk-mcp:has-own-guards';

/**
 * Marks a controller that runs guards of its own, which authenticate, after those of the whole
 * application. A guard that is listed in both places tells by {@link isAtOwnGuards} where it runs.
 */
export const HasOwnGuards = (): ClassDecorator => SetMetadata(HAS_OWN_GUARDS, true);

/** Notes that a request has come to the controller's own guards. */
export function markAtOwnGuards(request: object): void {
  const carrier: Carrier = carrierOf(request);
  carrier[AT_OWN_GUARDS] = true;
}

/** Whether a request has come to the controller's own guards. */
export function isAtOwnGuards(request: object): boolean {
  const carrier: Carrier = carrierOf(request);
  return carrier[AT_OWN_GUARDS] === true;
}

const AT_OWN_GUARDS: unique symbol = Symbol.for('nestjs-clerk-mcp:at-own-guards');

interface Carrier {
  [AT_OWN_GUARDS]?: boolean;
}
