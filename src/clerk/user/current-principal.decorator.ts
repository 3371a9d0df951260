import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../../request/principal.js';
import { principalOf } from '../../request/request-principal.js';
import { requestOf } from '../http/request-of.js';

/**
 * The principal of the request, or one member of it, as a parameter of a handler, a tool or a
 * resolver. `undefined` for an anonymous caller.
 *
 * @example
 * ```ts
 * @Get('me')
 * whoAmI(@CurrentPrincipal('userId') userId: string) { … }
 * ```
 */
export const CurrentPrincipal: (member?: keyof Principal) => ParameterDecorator =
  createParamDecorator((member: keyof Principal | undefined, context: ExecutionContext) => {
    const principal = currentPrincipal(context);
    return member === undefined ? principal : principal?.[member];
  });

/** The organization that the token of the request acts in, as far as the token says. */
export const CurrentOrganization: () => ParameterDecorator = createParamDecorator(
  (_: undefined, context: ExecutionContext) => currentPrincipal(context)?.organization,
);

function currentPrincipal(context: ExecutionContext): Principal | undefined {
  const request = requestOf(context);
  return request && principalOf(request);
}
