import { CallScope } from '../../access/call-scope.js';
import type { Principal } from '../../access/principal.js';
import { attachPrincipal } from '../../access/request-principal.js';

/** Runs a call where no authentication module has a scope to open. */
export class BareCallScope extends CallScope {
  override run<T>(request: object, principal: Principal | undefined, callback: () => T): T {
    attachPrincipal(request, principal);
    return callback();
  }
}
