import { ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Audit } from '../../audit/audit.js';
import {
  type AuditOrigin,
  type AuditSubject,
  subjectOf,
  outcomeOfStatus,
  decisionFieldsOf,
  type AuditAuthenticationEvent,
  type Draft,
} from '../../audit/audit-event.js';
import { eventTime } from '../../audit/event-time.js';
import { requestIdOf, traceIdOf } from '../../audit/request-trace.js';
import type { Decision } from '../../access/refusal.js';
import type { Principal } from '../../request/principal.js';
import { addressOf } from '../../request/request-address.js';
import { createPrivateMember } from '../../request/private-member.js';
import { carrierOf } from '../../request/request-record.js';
import { AccessRefusedError } from '../../access/access.errors.js';

/** A decision on a handler of the application. */
interface HandlerDecision {
  readonly context: ExecutionContext;
  readonly request: object | undefined;
  /** Such as `NotesController.list`. */
  readonly source: string;
  readonly principal: Principal | undefined;
  readonly decision: Decision;
}

/** Records decisions on handlers of the application, and the outcome of the calls. */
@Injectable()
export class HandlerAudit {
  /** Recorded handlers per request: a guard can run twice, globally and on the class. */
  private readonly recorded = createPrivateMember<Set<string>>();

  constructor(private readonly audit: Audit) {}

  recordDecision({ context, request, source, principal, decision }: HandlerDecision): void {
    const { level } = this.audit;
    if (level === 'off' || !request || this.isRepeated(request, source)) return;
    const isWhole = level !== 'refusals';
    const entry = { kind: 'handler', name: source, source } as const;
    const origin = originOf(request, principal);
    if (isWhole || !decision.allowed) {
      this.audit.record({
        type: 'decision',
        time: eventTime(),
        ...origin,
        method: String(Reflect.get(carrierOf(request), 'method')),
        entry,
        ...decisionFieldsOf(decision),
      });
    }
    const response = decision.allowed && context.getType() === 'http' && responseOf(context);
    if (!response) return;
    const startedAt = performance.now();
    finished(response, (error) => {
      const end = error ? CANCELLED : outcomeOfStatus(response.statusCode);
      if (!isWhole && end.outcome !== 'refused') return;
      this.audit.record({
        type: 'call',
        time: eventTime(),
        ...origin,
        entry,
        ...end,
        durationMs: Math.round((performance.now() - startedAt) * 1_000) / 1_000,
      });
    });
  }

  private isRepeated(request: object, source: string): boolean {
    const carrier = carrierOf(request);
    const known = this.recorded.get(carrier) ?? new Set();
    if (known.has(source)) return true;
    this.recorded.set(carrier, known.add(source));
    return false;
  }
}

function originOf(
  request: object,
  principal: Principal | undefined,
): Omit<AuditOrigin, 'time'> & AuditSubject {
  const traceId = traceIdOf(request);
  const address = principal ? undefined : addressOf(request);
  return {
    requestId: requestIdOf(request),
    ...(traceId !== undefined && { traceId }),
    transport: 'http',
    ...(address !== undefined && { address }),
    ...subjectOf(principal),
  };
}

const CANCELLED = { outcome: 'cancelled' } as const;

/** The Node.js response. */
function responseOf(context: ExecutionContext): ServerResponse | undefined {
  const response = carrierOf(context.switchToHttp().getResponse());
  // Express extends it; an injected request has a compatible class.
  return response instanceof ServerResponse ? response : undefined;
}

/** Records invalid credentials. */
@Injectable()
export class AuthenticationAudit {
  constructor(private readonly audit: Audit) {}

  /**
   * Records why a credential was refused.
   *
   * @param request `undefined` for a credential that did not come with a request
   * @param endpoint path of the protected resource, if it was given
   */
  recordFailure(error: unknown, request: object | undefined, endpoint: string | undefined): void {
    if (!(error instanceof AccessRefusedError) || this.audit.level === 'off') return;
    const { refusal } = error;
    const traceId = request && traceIdOf(request);
    const address = request && addressOf(request);
    const event: Draft<AuditAuthenticationEvent> = {
      type: 'authentication',
      time: eventTime(),
      requestId: requestIdOf(request ?? {}),
      transport: request ? 'http' : 'stdio',
      decision: 'refused',
      reason: refusal.reason,
    };
    if (refusal.reason === 'invalid_token') event.detail = refusal.description;
    if (traceId !== undefined) event.traceId = traceId;
    if (endpoint !== undefined) event.endpoint = endpoint;
    if (address !== undefined) event.address = address;
    this.audit.record(event);
  }
}
