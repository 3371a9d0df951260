import { Injectable } from '@nestjs/common';
import { CallScope } from '../access/call-scope.js';
import type { Principal } from '../access/principal.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { RequestScope } from './user/request-scope.js';

/** Opens the scope that `ClerkContext` reads, around a request whose caller is known. */
@Injectable()
export class ClerkCallScope extends CallScope {
  constructor(
    private readonly scope: RequestScope,
    private readonly authenticator: RequestAuthenticator,
  ) {
    super();
  }

  override run<T>(request: object, principal: Principal | undefined, callback: () => T): T {
    this.authenticator.adopt(request, principal);
    return this.scope.open(request, callback);
  }
}
