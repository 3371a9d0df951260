import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AccessControl } from '../../access/access-control.js';
import { accessRuleOf } from '../../access/access.decorators.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { AccessRule } from '../../access/access-rule.js';
import { inProcessCallOf, type InProcessCall } from '../../access/in-process-call.js';
import { RequestAccess } from '../../access/request-access.js';
import { catchError, andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { ACCESS_DEFERRED, HAS_ENDPOINT_GUARDS, RESOURCE_PATH } from '../../request/guard-phase.js';
import { AccessRuleRegistry } from '../../access/access-rule-registry.js';
import { RefusalErrors } from './access-refused.filter.js';
import { HandlerAudit } from './handler-audit.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { requestOf } from './request-of.js';

/**
 * Authenticates a request, and applies the access decorators of its handler. A handler without any
 * requires an authenticated principal. For handlers with `@DeferAccess()` and for tools it only
 * authenticates; their access is decided later.
 *
 * @throws {RefusedRequestException} on HTTP, with the headers of the refusal set on the response. An
 *   invalid token is refused on public handlers too
 * @throws {AccessRefusedError} at an MCP endpoint, which answers it itself
 * @throws {RefusedFieldError} in GraphQL
 */
@Injectable()
export class ClerkAuthGuard implements CanActivate {
  private readonly rules = new WeakMap<Function, Map<Function, HandlerRule>>();
  private readonly resources = new WeakMap<Function, HandlerResource>();
  /** By class and handler. */
  private readonly deferred = new WeakMap<Function, Map<Function, boolean>>();

  constructor(
    private readonly authenticator: RequestAuthenticator,
    private readonly reflector: Reflector,
    private readonly control: AccessControl,
    private readonly registry: AccessRuleRegistry,
    private readonly errors: RefusalErrors,
    private readonly audit: HandlerAudit,
  ) {}

  /** Synchronous if the token was verified before, which saves a turn of the event loop. */
  canActivate(context: ExecutionContext): MaybePromise<boolean> {
    if (this.resourceOf(context).answersRefusals) return this.admit(context);
    return catchError(
      () => this.admit(context),
      (error): never => {
        throw error instanceof AccessRefusedError ? this.errors.errorFor(error, context) : error;
      },
    );
  }

  private admit(context: ExecutionContext): MaybePromise<boolean> {
    const request = requestOf(context);
    const authenticated =
      request && this.authenticator.authenticate(request, this.resourceOf(context).path);
    if (this.isDecidedElsewhere(context)) return andThen(authenticated, () => true);
    const call = request && inProcessCallOf(request);
    if (call) return this.admitCall(call, context);
    return andThen(authenticated, (principal) => {
      const access = new RequestAccess(this.control, principal, request ?? {});
      const { rule, source } = this.ruleOf(context);
      return andThen(access.decide(rule), (decision) => {
        this.audit.recordDecision({
          context,
          request,
          source,
          principal: access.principal,
          decision,
        });
        const { refusal } = decision;
        if (refusal) throw new AccessRefusedError(refusal);
        return true;
      });
    });
  }

  /** The rule of the handler was decided, and audited, when the call arrived. */
  private admitCall(
    { access, handler: { type, method, rule } }: InProcessCall,
    context: ExecutionContext,
  ): MaybePromise<boolean> {
    const expected: unknown = Reflect.get(type.prototype, method);
    if (context.getClass() !== type || context.getHandler() !== expected) {
      const description = 'This call is for another route.';
      throw new AccessRefusedError({ reason: 'forbidden', description });
    }
    return andThen(access.decide(rule), ({ refusal }) => {
      if (refusal) throw new AccessRefusedError(refusal);
      return true;
    });
  }

  private resourceOf(context: ExecutionContext): HandlerResource {
    const type = context.getClass();
    const known = this.resources.get(type);
    if (known) return known;
    const resource = {
      path: this.reflector.get<string | undefined>(RESOURCE_PATH, type),
      answersRefusals: this.reflector.get(HAS_ENDPOINT_GUARDS, type) === true,
    };
    this.resources.set(type, resource);
    return resource;
  }

  /** Cached by class and handler, because several classes can inherit the same handler. */
  private ruleOf(context: ExecutionContext): HandlerRule {
    const [type, handler] = [context.getClass(), context.getHandler()];
    const rules = this.rules.get(type) ?? new Map<Function, HandlerRule>();
    const known = rules.get(handler);
    if (known) return known;
    const method = methodName(context);
    const source = `${type.name}.${method}`;
    const rule = this.registry.register(accessRuleOf(type, method), { type, method }, source);
    rules.set(handler, { rule, source });
    this.rules.set(type, rules);
    return { rule, source };
  }

  private isDecidedElsewhere(context: ExecutionContext): boolean {
    if (context.getType<string>() === 'mcp') return true;
    const [type, handler] = [context.getClass(), context.getHandler()];
    const known = this.deferred.get(type)?.get(handler);
    if (known !== undefined) return known;
    const deferred = this.reflector.getAllAndOverride(ACCESS_DEFERRED, [handler, type]) === true;
    this.deferred.set(type, (this.deferred.get(type) ?? new Map()).set(handler, deferred));
    return deferred;
  }
}

/** What is declared on the class of a handler. */
interface HandlerResource {
  /** Path of the protected resource, if it was given. */
  readonly path: string | undefined;
  /** Whether it is an MCP endpoint, whose filter answers refusals. */
  readonly answersRefusals: boolean;
}

interface HandlerRule {
  readonly rule: AccessRule;
  /** Such as `NotesController.list`. */
  readonly source: string;
}

/** The name of the method in its class. The name of the function can differ because of a decorator. */
function methodName(context: ExecutionContext): string {
  const handler = context.getHandler();
  let prototype: unknown = context.getClass().prototype;
  while (typeof prototype === 'object' && prototype !== null) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (value === handler) return name;
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return handler.name;
}
