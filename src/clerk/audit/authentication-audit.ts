import { Injectable } from '@nestjs/common';
import { Audit } from '../../access/audit/audit.js';
import type { AuditAuthenticationEvent } from '../../access/audit/audit-event.js';
import { requestIdOf, traceIdOf } from '../../access/audit/request-trace.js';
import { AccessRefusedError } from '../../access/access-refused.error.js';
import { addressOf } from '../../access/request-address.js';

/** Records credentials that were not good. */
@Injectable()
export class AuthenticationAudit {
  constructor(private readonly audit: Audit) {}

  /**
   * Records why a credential was refused.
   *
   * @param request `undefined` for a credential that no request brought
   * @param endpoint path of the protected resource, where it was named
   */
  failed(error: unknown, request: object | undefined, endpoint: string | undefined): void {
    if (!(error instanceof AccessRefusedError) || this.audit.level === 'off') return;
    const { refusal } = error;
    const traceId = request && traceIdOf(request);
    const address = request && addressOf(request);
    const event: AuditAuthenticationEvent = {
      type: 'authentication',
      time: new Date().toISOString(),
      requestId: requestIdOf(request ?? {}),
      ...(traceId !== undefined && { traceId }),
      transport: request ? 'http' : 'stdio',
      ...(endpoint !== undefined && { endpoint }),
      ...(address !== undefined && { address }),
      decision: 'refused',
      reason: refusal.reason,
      ...(refusal.reason === 'invalid_token' && { detail: refusal.description }),
    };
    this.audit.record(event);
  }
}
