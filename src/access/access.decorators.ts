import { AUTHENTICATED, PUBLIC, type AccessRule } from './access-rule.js';
import { ContradictoryAccessError } from './contradictory-access.error.js';

type AccessDecorator = ClassDecorator & MethodDecorator;

/**
 * Lets everybody in, signed in or not. Goes on a class or a method; the method wins.
 *
 * @example
 * ```ts
 * @Public()
 * @McpTool({ description: 'How to sign in' })
 * getAuthInfo() { … }
 * ```
 */
export const Public = (): AccessDecorator => access(PUBLIC);

/** Asks for a verified principal. It is the default, written out. */
export const Authenticated = (): AccessDecorator => access(AUTHENTICATED);

/**
 * Asks for a principal that was granted every one of these OAuth scopes. Stacked decorators add up.
 *
 * @throws {RangeError} without a scope, or for one that is not an RFC 6749 §3.3 scope token
 */
export function RequireScopes(...scopes: [string, ...string[]]): AccessDecorator {
  if (scopes.length === 0) throw new RangeError('@RequireScopes() needs at least one scope.');
  const malformed = scopes.find((scope) => !SCOPE_TOKEN.test(scope));
  if (malformed !== undefined) {
    throw new RangeError(
      `@RequireScopes(${JSON.stringify(malformed)}): a scope has no spaces, quotes or backslashes (RFC 6749 §3.3). Pass each scope as an argument of its own.`,
    );
  }
  return access({ kind: 'authenticated', scopes });
}

/** Applies a rule that is at hand as data, to a class or a method. */
export const withAccessRule = (rule: AccessRule): AccessDecorator => access(rule);

/** The rule in force for a method: its own, else that of its class, else {@link AUTHENTICATED}. */
export function accessRuleOf(type: object & { prototype: object }, method: string): AccessRule {
  const handler: unknown = Reflect.get(type.prototype, method);
  const own = typeof handler === 'function' ? readRule(handler) : undefined;
  return own ?? readRule(type) ?? AUTHENTICATED;
}

const ACCESS_RULE = 'nestjs-clerk-mcp:access-rule';
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

function access(rule: AccessRule): AccessDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    // Metadata sits on the function of a method, where Nest's own Reflector reads it.
    const holder: object = descriptor ? descriptor.value : target;
    const earlier: AccessRule | undefined = Reflect.getOwnMetadata(ACCESS_RULE, holder);
    Reflect.defineMetadata(ACCESS_RULE, merge(earlier, rule, target, key), holder);
  };
}

function merge(
  earlier: AccessRule | undefined,
  rule: AccessRule,
  target: object,
  key: string | symbol | undefined,
): AccessRule {
  if (!earlier) return rule;
  if (earlier.kind === 'public' || rule.kind === 'public') {
    if (earlier.kind === rule.kind) return rule;
    throw new ContradictoryAccessError(target, key);
  }
  return { kind: 'authenticated', scopes: [...new Set([...rule.scopes, ...earlier.scopes])] };
}

function readRule(holder: object): AccessRule | undefined {
  return Reflect.getMetadata(ACCESS_RULE, holder);
}
