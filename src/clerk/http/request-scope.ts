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
import { attachPrincipal, carrierOf, principalOf } from '../../request/request-record.js';
import { requestOf } from './request-of.js';

/**
 * The current request, stored in the CLS store. The store contains the request and not the principal,
 * because the guard attaches the principal later.
 */
@Injectable()
export class RequestScope {
  private shared: boolean | undefined;

  constructor(
    @Inject(ClsService) private readonly cls: ClsService<RequestStore>,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** Whether the code runs in a request, or inside `ClerkContext.run()`. */
  get isOpen(): boolean {
    return this.request !== undefined;
  }

  /** The current request, if there is one. */
  get request(): object | undefined {
    return this.cls.get()?.[REQUEST];
  }

  /** The principal of the current request; `undefined` if it is anonymous or there is no request. */
  get principal(): Principal | undefined {
    const { request } = this;
    return request && principalOf(request);
  }

  /**
   * Runs a request in a new store. It inherits the values of the surrounding store except the request,
   * because a store of an earlier request on the same connection may have leaked.
   */
  open<T>(rawRequest: object, next: () => T): T {
    // The middleware of the host has opened a store, see RequestScopePlugin.
    if (this.request === rawRequest) return next();
    const store: RequestStore = { ...this.cls.get(), [REQUEST]: rawRequest };
    if (this.isShared) ContextClsStoreMap.setByRaw(rawRequest, store);
    return this.cls.runWith(store, next);
  }

  /**
   * Whether the host uses guards or interceptors of nestjs-cls, which look up the store in a map before
   * they start a new one. Otherwise the map is not used, because an entry keeps its request until the next
   * full garbage collection.
   */
  private get isShared(): boolean {
    this.shared ??= resolveOptional(this.moduleRef, ROOT_OPTIONS) !== undefined;
    return this.shared;
  }

  /** Runs a callback as in a request of this principal. */
  run<T>(principal: Principal | undefined, callback: () => T): T {
    const request = {};
    attachPrincipal(request, principal);
    return this.cls.runWith({ ...this.cls.get(), [REQUEST]: request }, callback);
  }
}

/**
 * Adds the request to a store that was opened during the request, and copies the missing values of the
 * store of the request.
 */
function adoptRequest(cls: ClsService, request: object): void {
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
 * Opens the scope at the start of each request, before Nest's middleware: in a Fastify hook, which is
 * cheaper than a middleware, or in an Express middleware. It uses `run`, not `enter`, which would leak the
 * user into the next request of the connection.
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

/** The members of a Fastify instance that are used here. */
interface FastifyHooks {
  addHook(
    name: 'onRequest',
    hook: (request: { readonly raw: object }, reply: object, done: () => void) => void,
  ): unknown;
}

/**
 * Keeps the user when a host's `ClsModule.forRoot()` replaces the store during a request. Its guard and
 * interceptor do so around tools, whose context type they do not know; its middleware does so too.
 */
export class RequestScopePlugin extends ClsPluginBase {
  constructor() {
    super('nestjs-clerk-mcp');
    this.registerHooks({ useFactory: () => HOOKS });
  }
}

const HOOKS: ClsPluginHooks = {
  // Before the setup function of the host, which may read the store.
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
