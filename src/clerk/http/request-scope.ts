import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef, type HttpAdapterHost } from '@nestjs/core';
import {
  ClsService,
  ContextClsStoreMap,
  type ClsStore,
  ClsPluginBase,
  type ClsInitContext,
  type ClsPluginHooks,
} from 'nestjs-cls';
import { resolveOptional } from '../../request/resolve-optional.js';
import type { Principal } from '../../request/principal.js';
import { attachPrincipal, carrierOf, principalOf } from '../../request/request-principal.js';
import { requestOf } from './request-of.js';

/**
 * The request that the running code belongs to, kept in the CLS store. The store holds the request
 * and not the principal: what the guard attaches to the request later is seen at once.
 */
@Injectable()
export class RequestScope {
  private shared: boolean | undefined;

  constructor(
    @Inject(ClsService) private readonly cls: ClsService<RequestStore>,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** Whether the running code belongs to a request, or runs inside `ClerkContext.run`. */
  get isOpen(): boolean {
    return this.request !== undefined;
  }

  /** The request that the running code belongs to, if it does to one. */
  get request(): object | undefined {
    return this.cls.get()?.[REQUEST];
  }

  /** The principal of the request, `undefined` for an anonymous one and outside of any. */
  get principal(): Principal | undefined {
    const { request } = this;
    return request && principalOf(request);
  }

  /**
   * Runs a request in a store of its own. What a host put into the surrounding store is inherited,
   * the request is not: a store may have leaked in from the one before on the same connection.
   */
  open<T>(rawRequest: object, next: () => T): T {
    const store: RequestStore = { ...this.cls.get(), [REQUEST]: rawRequest };
    if (this.isShared) ContextClsStoreMap.setByRaw(rawRequest, store);
    return this.cls.runWith(store, next);
  }

  /**
   * Whether the host has guards or interceptors of nestjs-cls, which look into its map before they start
   * a store of their own. Without any the map is left alone: an entry holds a request, and all that it
   * holds, until the next full garbage collection.
   */
  private get isShared(): boolean {
    this.shared ??= resolveOptional(this.moduleRef, ROOT_OPTIONS) !== undefined;
    return this.shared;
  }

  /** Runs a callback as if in a request of this principal. */
  run<T>(principal: Principal | undefined, callback: () => T): T {
    const request = {};
    attachPrincipal(request, principal);
    return this.cls.runWith({ ...this.cls.get(), [REQUEST]: request }, callback);
  }
}

/**
 * Puts the request into a store that was opened in the middle of it, with what the store of the
 * request holds and the new one does not.
 */
export function adoptRequest(cls: ClsService, request: object): void {
  const store: RequestStore | undefined = cls.get();
  if (!store) return;
  const outer = ContextClsStoreMap.getByRaw(carrierOf(request));
  if (outer && outer !== store) Object.assign(store, { ...outer, ...store });
  store[REQUEST] = request;
}

/** Token of the options of `ClsModule.forRoot()`. */
const ROOT_OPTIONS = 'ClsModuleOptions';

const REQUEST = Symbol('nestjs-clerk-mcp:request');

interface RequestStore extends ClsStore {
  [REQUEST]?: object;
}

/**
 * Opens the scope at the start of each request, before any middleware of Nest: in a hook of Fastify,
 * which costs a fraction of a middleware, and in a middleware of the framework elsewhere. Always by
 * `run`, never by `enter`, which leaks the user into the next request of the connection.
 */
export function mountRequestScope(scope: RequestScope, { httpAdapter }: HttpAdapterHost): void {
  if (!httpAdapter?.getType()) return;
  if (httpAdapter.getType() === 'fastify') {
    const fastify: FastifyHooks = httpAdapter.getInstance();
    fastify.addHook('onRequest', (request, _reply, done) => scope.open(request.raw, done));
    return;
  }
  httpAdapter.use((request: object, _response: object, next: () => void) =>
    scope.open(request, next),
  );
}

/** The part of a Fastify instance that is used here. */
interface FastifyHooks {
  addHook(
    name: 'onRequest',
    hook: (request: { readonly raw: object }, reply: object, done: () => void) => void,
  ): unknown;
}

/**
 * Keeps the user when a host's `ClsModule.forRoot()` replaces the store in the middle of a request:
 * a guard or interceptor does around tools, whose context type it does not know, and a middleware
 * that enters its store.
 */
export class RequestScopePlugin extends ClsPluginBase {
  constructor() {
    super('nestjs-clerk-mcp');
    this.registerHooks({ useFactory: () => HOOKS });
  }
}

const HOOKS: ClsPluginHooks = {
  // Before the set-up of the host, which keeps an id that is there and may look for more.
  beforeSetup: (cls, context) => {
    const request = requestIn(context);
    if (request) adoptRequest(cls, request);
  },
};

function requestIn(context: ClsInitContext): object | undefined {
  switch (context.kind) {
    case 'guard':
    case 'interceptor':
      return requestOf(context['ctx']);
    case 'middleware':
      return carrierOf(context['req']);
    default:
      return undefined;
  }
}
