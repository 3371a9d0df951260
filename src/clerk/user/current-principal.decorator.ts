import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { User } from '@clerk/backend';
import { bareDecoratorAt } from '../../request/bare-decorator.js';
import type { Principal } from '../../request/principal.js';
import { principalOf } from '../../request/request-record.js';
import { ClerkConfigurationError } from '../clerk.errors.js';
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
export const CurrentPrincipal: (member?: keyof Principal) => ParameterDecorator = withParentheses(
  'CurrentPrincipal',
  createParamDecorator((member: keyof Principal | undefined, context: ExecutionContext) => {
    const principal = currentPrincipal(context);
    return member === undefined ? principal : principal?.[member];
  }),
);

/** The active organization of the token, with the members that the token contains. */
export const CurrentOrganization: () => ParameterDecorator = withParentheses(
  'CurrentOrganization',
  createParamDecorator(
    (_: undefined, context: ExecutionContext) => currentPrincipal(context)?.organization,
  ),
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
export const CurrentUser: () => ParameterDecorator = withParentheses(
  'CurrentUser',
  createParamDecorator(
    async (_: undefined, context: ExecutionContext): Promise<User | undefined> => {
      const request = requestOf(context);
      const userId = request && principalOf(request)?.userId;
      return request && userId !== undefined
        ? authenticationOf(request)?.directory.getUser(userId)
        : undefined;
    },
  ),
);

/** Without parentheses, a parameter would silently have no decorator. */
function withParentheses<A extends readonly unknown[]>(
  name: string,
  create: (...args: A) => ParameterDecorator,
): (...args: A) => ParameterDecorator {
  return (...args) => {
    const place = bareDecoratorAt(args);
    if (place === undefined) return create(...args);
    throw new ClerkConfigurationError(`${place}: @${name} has no parentheses. Write @${name}().`);
  };
}

function currentPrincipal(context: ExecutionContext): Principal | undefined {
  const request = requestOf(context);
  return request && principalOf(request);
}
