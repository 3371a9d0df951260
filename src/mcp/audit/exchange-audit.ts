import {
  TRACEPARENT_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  ProtocolError,
  isInputRequiredResult,
} from '@modelcontextprotocol/server';
import type { Audit } from '../../audit/audit.js';
import {
  type AuditDecisionEvent,
  type AuditEntry,
  type AuditListEvent,
  type AuditOrigin,
  type AuditSubject,
  subjectOf,
  decisionFieldsOf,
  type AuditCallEvent,
  outcomeOfStatus,
} from '../../audit/audit-event.js';
import type { AuditLevel } from '../../audit/audit-sink.js';
import { requestIdOf, traceIdIn, traceIdOf } from '../../audit/request-trace.js';
import type { RequestAccess } from '../../access/request-access.js';
import type { Decision, Refusal } from '../../access/refusal.js';
import { settle, type MaybePromise } from '../../request/value-or-promise.js';
import { addressOf } from '../../request/request-address.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { McpContext } from '../authoring/mcp-context.js';
import { isJsonObject } from '../../request/json-object.js';
import type { McpReading } from '../protocol/read-messages.js';
import type { CallRecorder } from '../invocation/mcp-exchange.js';
import { auditMessage, type DecisionRecorder, type MessageAudit } from './audit-message.js';
import { HttpException } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import { causeOf } from '../invocation/handler-failure.js';
import { ToolBusyError } from '../mcp.errors.js';

/** A request that is recorded. */
export interface AuditedRequest {
  /** Of the HTTP framework, or what stands for it. */
  readonly request: object;
  readonly reading: McpReading;
  readonly access: RequestAccess;
  readonly transport: AuditOrigin['transport'];
}

interface AuditParts {
  readonly audit: Audit;
  readonly catalog: McpCatalog;
  readonly endpoint: string;
  readonly level: AuditLevel;
}

/** Records what one request asks for and gets. Nothing here ever fails a call. */
export class ExchangeAudit implements CallRecorder, DecisionRecorder {
  private origin: Omit<AuditOrigin, 'time'> | undefined;
  /** Events of a batch, by what they say. */
  private held: Map<string, HeldEvent> | undefined;

  constructor(
    private readonly asked: AuditedRequest,
    private readonly parts: AuditParts,
  ) {
    if (asked.reading.isBatch) this.held = new Map();
  }

  /** Whether what is allowed is recorded as well. */
  get isWhole(): boolean {
    return this.parts.level !== 'refusals';
  }

  /** Whether equal events are held back until the exchange is over. */
  get isBatch(): boolean {
    return this.asked.reading.isBatch;
  }

  /**
   * Records the decisions on all that a request asks for, as soon as they are known.
   *
   * @param refusal what the request is turned away with, if it is
   */
  requested(refusal?: Refusal): void {
    const { access } = this.asked;
    // A batch is turned away for one of its messages, and which one the decisions say.
    const challenge = this.isBatch ? undefined : refusal;
    this.messages({ decide: (rule) => access.decide(rule), challenge });
  }

  /** Records that a caller may use nothing any more, whatever was decided before. */
  revoked(refusal: Refusal): void {
    const decision = { allowed: false, refusal } as const;
    this.messages({ decide: () => decision, challenge: refusal });
  }

  /** Records a decision. */
  decided(method: string, entry: AuditEntry | undefined, decision: Decision | 'unknown'): void {
    const isAllowed = decision !== 'unknown' && decision.allowed;
    if (isAllowed && !this.isWhole) return;
    this.record({
      type: 'decision',
      ...this.who(),
      method,
      ...(entry && { entry }),
      ...decisionFieldsOf(decision),
    });
  }

  /** Records a list. */
  listed(method: string, visible: number, hidden: number): void {
    if (!this.isWhole) return;
    this.record({ type: 'list', ...this.who(), method, visible, hidden });
  }

  /** Records what was held back. To be called when the exchange is over. */
  ended(): void {
    const { held } = this;
    this.held = undefined;
    for (const { event, count } of held?.values() ?? []) {
      this.parts.audit.record(count === 1 ? event : { ...event, count });
    }
  }

  /** Runs a handler, and records how it ended. */
  called<R>(
    entry: AuditEntry,
    { input, context }: { readonly input: unknown; readonly context: McpContext },
    run: () => MaybePromise<R>,
  ): MaybePromise<R> {
    const { audit } = this.parts;
    // Before the handler has its hands on it.
    const inputDigest = this.isWhole ? audit.digestOf(input) : undefined;
    const startedAt = performance.now();
    const ended = (end: CallOutcome): void => {
      if (end.outcome !== 'refused' && !this.isWhole) return;
      const durationMs = Math.round((performance.now() - startedAt) * 1_000) / 1_000;
      const digest = inputDigest ?? audit.digestOf(input);
      const { taskId } = context;
      audit.record({
        type: 'call',
        ...this.who(),
        entry,
        ...end,
        durationMs,
        ...(digest !== undefined && { inputDigest: digest }),
        ...(taskId !== undefined && { taskId }),
      });
    };
    const succeeded = (result: R): R => {
      ended(outcomeOf({ result }, context));
      return result;
    };
    const failed = (error: unknown): never => {
      ended(outcomeOf({ error }, context));
      throw error;
    };
    return settle(run, failed, succeeded);
  }

  /** Equal events of a batch are one: a batch of a hundred messages is no hundred lines of a log. */
  private record(event: AuditDecisionEvent | AuditListEvent): void {
    const { held } = this;
    if (!held) return this.parts.audit.record(event);
    const key = JSON.stringify({ ...event, time: undefined });
    const known = held.get(key);
    if (known) known.count += 1;
    else held.set(key, { event, count: 1 });
  }

  private messages(decisions: Pick<MessageAudit, 'decide' | 'challenge'>): void {
    const { access, reading } = this.asked;
    const { catalog } = this.parts;
    for (const message of reading.messages) {
      auditMessage(message, { audit: this, access, catalog, ...decisions });
    }
  }

  private who(): AuditOrigin & AuditSubject {
    const { request, access } = this.asked;
    const { principal } = access;
    this.origin ??= this.whence();
    const address = principal ? undefined : addressOf(request);
    return {
      time: new Date().toISOString(),
      ...this.origin,
      ...(address !== undefined && { address }),
      ...subjectOf(principal),
    };
  }

  private whence(): Omit<AuditOrigin, 'time'> {
    const { request, reading, transport } = this.asked;
    const meta = metaOf(reading);
    const traceId = traceIdIn(meta[TRACEPARENT_META_KEY]) ?? traceIdOf(request);
    return {
      requestId: requestIdOf(request),
      ...(traceId !== undefined && { traceId }),
      transport,
      endpoint: this.parts.endpoint,
      era: typeof meta[PROTOCOL_VERSION_META_KEY] === 'string' ? 'modern' : 'legacy',
    };
  }
}

interface HeldEvent {
  readonly event: AuditDecisionEvent | AuditListEvent;
  count: number;
}

/** The `_meta` of a request that is no batch. */
function metaOf({ messages: [message], isBatch }: McpReading): Readonly<Record<string, unknown>> {
  return (isBatch ? undefined : message?.meta) ?? {};
}

export type CallOutcome = Pick<AuditCallEvent, 'outcome' | 'reason'>;

/** How a handler ended, in words that tell nothing of what it was given and gave. */
export function outcomeOf(
  end: { readonly result: unknown } | { readonly error: unknown },
  { isCancelled }: Pick<McpContext, 'isCancelled'>,
): CallOutcome {
  if (isCancelled) return { outcome: 'cancelled' };
  if ('error' in end) return failureOf(end.error);
  const { result } = end;
  if (isInputRequiredResult(result)) return { outcome: 'input_required' };
  return isJsonObject(result) && result['isError'] === true ? failureOf(result) : { outcome: 'ok' };
}

function failureOf(failure: unknown): CallOutcome {
  const cause = (typeof failure === 'object' && failure && causeOf(failure)) || failure;
  if (cause instanceof AccessRefusedError) {
    return { outcome: 'refused', reason: cause.refusal.reason };
  }
  if (cause instanceof HttpException) {
    const { outcome, reason } = outcomeOfStatus(cause.getStatus());
    return {
      ...(reason !== undefined && { reason }),
      outcome: outcome === 'ok' ? 'error' : outcome,
    };
  }
  const code = cause instanceof Error ? codeOf(cause) : undefined;
  return {
    outcome: cause instanceof ToolBusyError ? 'refused' : 'error',
    ...(code !== undefined && { reason: code }),
  };
}

function codeOf(error: Error): string | undefined {
  if (error instanceof ProtocolError) return String(error.code);
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
}

/** The form of a code, which no text of a person has. */
const CODE = /^[A-Z][A-Z\d_]{1,63}$/;
