import { Inject, Injectable } from '@nestjs/common';
import { ClsService, ContextClsStoreMap, type ClsStore } from 'nestjs-cls';
import type { Principal } from '../../access/principal.js';
import { attachPrincipal, carrierOf, principalOf } from '../../access/request-principal.js';

/**
 * The request that the running code belongs to, kept in the CLS store. The store holds the request
 * and not the principal: what the guard attaches to the request later is seen at once.
 */
@Injectable()
export class RequestScope {
  constructor(@Inject(ClsService) private readonly cls: ClsService<RequestStore>) {}

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
    // Guards and interceptors of nestjs-cls look here before they start a store of their own.
    ContextClsStoreMap.setByRaw(rawRequest, store);
    return this.cls.runWith(store, next);
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

const REQUEST = Symbol('nestjs-clerk-mcp:request');

interface RequestStore extends ClsStore {
  [REQUEST]?: object;
}
