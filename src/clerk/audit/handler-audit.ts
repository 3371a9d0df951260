import { ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Audit } from '../../access/audit/audit.js';
import type { AuditOrigin, AuditSubject } from '../../access/audit/audit-event.js';
import { subjectOf } from '../../access/audit/audit-subject.js';
import { requestIdOf, traceIdOf } from '../../access/audit/request-trace.js';
import { outcomeOfStatus } from '../../access/audit/status-outcome.js';
import { verdictOf } from '../../access/audit/verdict.js';
import type { Decision } from '../../access/decision.js';
import type { Principal } from '../../access/principal.js';
import { addressOf } from '../../access/request-address.js';
import { createPrivateMember } from '../../access/private-member.js';
import { carrierOf } from '../../access/request-principal.js';

/** A decision on a handler of the application itself. */
export interface HandlerDecision {
  readonly context: ExecutionContext;
  readonly request: object | undefined;
  /** Such as `NotesController.list`. */
  readonly source: string;
  readonly principal: Principal | undefined;
  readonly decision: Decision;
}

/** Records who uses the application's own handlers, and how that ends. */
@Injectable()
export class HandlerAudit {
  /** A guard may stand before a handler twice: globally, and on its class. */
  private readonly recorded = createPrivateMember<Set<string>>();

  constructor(private readonly audit: Audit) {}

  decided({ context, request, source, principal, decision }: HandlerDecision): void {
    const { level } = this.audit;
    if (level === 'off' || !request || this.isRepeated(request, source)) return;
    const isWhole = level !== 'refusals';
    const entry = { kind: 'handler', name: source, source } as const;
    const who = whoAsks(request, principal);
    if (isWhole || !decision.allowed) {
      this.audit.record({
        type: 'decision',
        time: new Date().toISOString(),
        ...who,
        method: String(Reflect.get(carrierOf(request), 'method')),
        entry,
        ...verdictOf(decision),
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
        time: new Date().toISOString(),
        ...who,
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

function whoAsks(
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

/** The response of Node itself. */
function responseOf(context: ExecutionContext): ServerResponse | undefined {
  const response = carrierOf(context.switchToHttp().getResponse());
  // Express extends it, and a request that is injected has one of the same make.
  return response instanceof ServerResponse ? response : undefined;
}
