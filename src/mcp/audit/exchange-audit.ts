import {
  TRACEPARENT_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  ProtocolError,
  isInputRequiredResult,
} from '@modelcontextprotocol/server';
import { HttpException } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Decision, Refusal } from '../../access/refusal.js';
import type { RequestAccess } from '../../access/request-access.js';
import {
  type AuditDecisionEvent,
  type AuditEntry,
  type AuditListEvent,
  type AuditOrigin,
  type AuditSubject,
  type Draft,
  subjectOf,
  decisionFieldsOf,
  type AuditCallEvent,
  outcomeOfStatus,
} from '../../audit/audit-event.js';
import type { AuditLevel } from '../../audit/audit-sink.js';
import type { Audit } from '../../audit/audit.js';
import { eventTime } from '../../audit/event-time.js';
import { requestIdOf, traceIdIn, traceIdOf } from '../../audit/request-trace.js';
import { isJsonObject } from '../../request/json-object.js';
import { addressOf } from '../../request/request-address.js';
import { settle, type MaybePromise } from '../../request/value-or-promise.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { causeOf } from '../invocation/handler-failure.js';
import type { CallRecorder } from '../invocation/mcp-exchange.js';
import type { SignInMode } from '../mcp-options.js';
import { ToolBusyError } from '../mcp.errors.js';
import type { McpReading } from '../protocol/read-messages.js';
import { auditMessage, type DecisionRecorder, type MessageAudit } from './audit-message.js';

/** The request of an {@link ExchangeAudit}. */
export interface AuditedRequest {
  /** The request of the HTTP framework, or its substitute over stdio. */
  readonly request: object;
  readonly reading: McpReading;
  readonly access: RequestAccess;
  readonly signIn: SignInMode;
  readonly transport: AuditOrigin['transport'];
}

interface AuditParts {
  readonly audit: Audit;
  readonly catalog: McpCatalog;
  readonly endpoint: string;
  readonly level: AuditLevel;
}

/** Records the decisions and the calls of one request. It never makes a call fail. */
export class ExchangeAudit implements CallRecorder, DecisionRecorder {
  private origin: Omit<AuditOrigin, 'time'> | undefined;
  /** Events of a batch, by their content. */
  private batched: Map<string, CountedEvent> | undefined;

  constructor(
    private readonly audited: AuditedRequest,
    private readonly parts: AuditParts,
  ) {
    if (audited.reading.isBatch) this.batched = new Map();
  }

  /** Whether allowed decisions are recorded, too. */
  get recordsAllowed(): boolean {
    return this.parts.level !== 'refusals';
  }

  /** Whether events are collected until the exchange ends. */
  get isBatch(): boolean {
    return this.audited.reading.isBatch;
  }

  /**
   * Records the decisions on all entries of a request.
   *
   * @param refusal of the whole request, if any
   */
  requested(refusal?: Refusal): void {
    const { access } = this.audited;
    // A batch is refused because of one message; its decisions show which one.
    const challenge = this.isBatch ? undefined : refusal;
    this.auditMessages({ decide: (rule) => access.decide(rule), challenge });
  }

  /** Records that the access of the caller was revoked, whatever was decided before. */
  revoked(refusal: Refusal): void {
    const decision = { allowed: false, refusal } as const;
    this.auditMessages({ decide: () => decision, challenge: refusal });
  }

  /** Records a decision. */
  decided(method: string, entry: AuditEntry | undefined, decision: Decision | 'unknown'): void {
    const isAllowed = decision !== 'unknown' && decision.allowed;
    if (isAllowed && !this.recordsAllowed) return;
    const fields = decisionFieldsOf(decision);
    const named = entry ? { method, entry, ...fields } : { method, ...fields };
    this.record(this.event('decision', named));
  }

  /** Records a list. */
  listed(method: string, visible: number, hidden: number): void {
    if (!this.recordsAllowed) return;
    this.record(this.event('list', { method, visible, hidden }));
  }

  /** Records the collected events of a batch. Call it when the exchange ends. */
  ended(): void {
    const { batched } = this;
    this.batched = undefined;
    for (const { event, count } of batched?.values() ?? []) {
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
    // Before the handler can change the input.
    const inputDigest = this.recordsAllowed ? audit.digestOf(input) : undefined;
    const startedAt = performance.now();
    const ended = (end: CallOutcome): void => {
      if (end.outcome !== 'refused' && !this.recordsAllowed) return;
      const durationMs = Math.round((performance.now() - startedAt) * 1_000) / 1_000;
      const digest = inputDigest ?? audit.digestOf(input);
      const { taskId } = context;
      const call = {
        entry,
        ...end,
        durationMs,
        ...(digest !== undefined && { inputDigest: digest }),
        ...(taskId !== undefined && { taskId }),
      };
      audit.record(this.event('call', call));
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

  /** Equal events of a batch become one event with a count. */
  private record(event: AuditDecisionEvent | AuditListEvent): void {
    const { batched } = this;
    if (!batched) return this.parts.audit.record(event);
    const key = JSON.stringify({ ...event, time: undefined });
    const known = batched.get(key);
    if (known) known.count += 1;
    else batched.set(key, { event, count: 1 });
  }

  private auditMessages(decisions: Pick<MessageAudit, 'decide' | 'challenge'>): void {
    const { access, reading, signIn } = this.audited;
    const { catalog } = this.parts;
    for (const message of reading.messages) {
      auditMessage(message, { audit: this, access, signIn, catalog, ...decisions });
    }
  }

  /** An event of this exchange, of its caller as last verified. */
  private event<T extends string, F extends object>(
    type: T,
    fields: F,
  ): F & AuditOrigin & AuditSubject & { readonly type: T } {
    this.origin ??= this.createOrigin();
    const { request, access } = this.audited;
    const { principal } = access;
    const caller = principal ? subjectOf(principal) : addressIn(request);
    return { type, time: eventTime(), ...this.origin, ...caller, ...fields };
  }

  private createOrigin(): Omit<AuditOrigin, 'time'> {
    const { request, reading, transport } = this.audited;
    const meta = metaOf(reading);
    const traceId = traceIdIn(meta[TRACEPARENT_META_KEY]) ?? traceIdOf(request);
    const origin: Draft<Omit<AuditOrigin, 'time'>> = {
      requestId: requestIdOf(request),
      transport,
      endpoint: this.parts.endpoint,
      era: typeof meta[PROTOCOL_VERSION_META_KEY] === 'string' ? 'modern' : 'legacy',
    };
    if (traceId !== undefined) origin.traceId = traceId;
    return origin;
  }
}

/** All that is known of an anonymous caller. */
function addressIn(request: object): Pick<AuditOrigin, 'address'> {
  const address = addressOf(request);
  return address === undefined ? {} : { address };
}

interface CountedEvent {
  readonly event: AuditDecisionEvent | AuditListEvent;
  count: number;
}

/** The `_meta` of a request; empty for a batch. */
function metaOf({ messages: [message], isBatch }: McpReading): Readonly<Record<string, unknown>> {
  return (isBatch ? undefined : message?.meta) ?? {};
}

export type CallOutcome = Pick<AuditCallEvent, 'outcome' | 'reason'>;

/** How a handler ended, without any content of its input and result. */
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

/** Only constants look like this, never text of a user. */
const CODE = /^[A-Z][A-Z\d_]{1,63}$/;
