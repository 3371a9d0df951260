import type { CallerAccess } from '../../access/caller-access.js';
import type { Principal } from '../../access/principal.js';
import type { RunningCall } from './running-call.js';
import type { ExchangeAudit } from '../audit/exchange-audit.js';

/** One HTTP exchange, as the layers behind the endpoint see it. It holds no credential. */
export interface McpExchange {
  /** The request of the HTTP framework. */
  readonly request: object;
  /** The reply, sealed: headers may be set, nothing can be sent. */
  readonly reply: object;
  /** The caller, or `undefined` for an anonymous one. */
  readonly principal: Principal | undefined;
  /** What the caller may do. */
  readonly access: CallerAccess;
  /** The call that the exchange is, where it runs before the SDK has heard of it. */
  running?: RunningCall | undefined;
  /** Records what becomes of it; `undefined` where nobody wants to know. */
  readonly audit?: ExchangeAudit | undefined;
}
