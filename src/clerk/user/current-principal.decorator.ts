import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { User } from '@clerk/backend';
import type { Principal } from '../../request/principal.js';
import { principalOf } from '../../request/request-record.js';
import { authenticationOf } from '../http/request-authentication.js';
import { requestOf } from '../http/request-of.js';

/**
 * The principal of the request, or one of its members, as a parameter of a controller, a tool or a
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

/** The active organization of the token, with the members that the token contains. */
export const CurrentOrganization: () => ParameterDecorator = createParamDecorator(
  (_: undefined, context: ExecutionContext) => currentPrincipal(context)?.organization,
);

/**
 * Clerk's record of the signed-in user, as a parameter of a controller, a tool or a resolver. It comes
 * from the same cache as `ClerkContext.getUser()`, up to 30 seconds old. `undefined` for an anonymous
 * caller and for a principal without a user, such as a machine.
 *
 * The parameter is resolved before the handler runs: if Clerk does not respond, the handler is not called
 * and the caller gets the `ClerkBackendError`.
 *
 * @example
 * ```ts
 * @McpTool({ description: 'Greets the caller' })
 * greet(@CurrentUser() user: User | undefined) {
 *   return `Hello ${user?.firstName ?? 'stranger'}`;
 * }
 * ```
 */
export const CurrentUser: () => ParameterDecorator = createParamDecorator(
  async (_: undefined, context: ExecutionContext): Promise<User | undefined> => {
    const request = requestOf(context);
    const userId = request && principalOf(request)?.userId;
    return request && userId !== undefined
      ? authenticationOf(request)?.directory.getUser(userId)
      : undefined;
  },
);

function currentPrincipal(context: ExecutionContext): Principal | undefined {
  const request = requestOf(context);
  return request && principalOf(request);
}
