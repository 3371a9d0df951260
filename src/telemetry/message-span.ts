import { hash } from 'node:crypto';
import {
  context,
  propagation,
  trace,
  SpanKind,
  SpanStatusCode,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type {
  Attributes,
  ObservedAnswer,
  ObservedCaller,
  ObservedExchange,
  ObservedMessage,
} from '../instrumentation/instrumentation.js';
import type { Instruments } from './instruments.js';

/** How a message ended: an answer, a refusal in HTTP, or none. */
export type MessageEnd = ObservedAnswer | RefusedEnd | { readonly kind: 'cancelled' };

interface RefusedEnd {
  readonly kind: 'refused';
  /** Of HTTP. */
  readonly status: number;
  /** Of JSON-RPC. */
  readonly code: number;
}

/** Where a message was sent. */
export type Connection = Pick<
  ObservedExchange,
  'transport' | 'protocolVersion' | 'sessionId' | 'httpVersion'
>;

/** What a {@link MessageSpan} records with. */
export interface Recorders {
  /** `undefined` without a tracer provider. */
  readonly tracer: Tracer | undefined;
  readonly instruments: Instruments;
}

/** Where the span of a message begins. */
export interface Origin {
  readonly kind: SpanKind.SERVER | SpanKind.CLIENT;
  readonly parent: Context;
  readonly links: Link[];
}

/** The span of one message, and the record of its duration. Ended once. */
export class MessageSpan {
  /** With the span as its active one. */
  readonly context: Context;
  private readonly startedAt = performance.now();
  private readonly span: Span | undefined;
  isEnded = false;
  /** Whether a server of the SDK has the message. */
  isTaken = false;

  constructor(
    readonly message: ObservedMessage,
    private readonly connection: Connection,
    private readonly recorders: Recorders,
    private readonly origin: Origin,
  ) {
    const { kind, parent, links } = origin;
    const { method = OTHER, target } = message;
    this.span = recorders.tracer?.startSpan(
      target && target.kind !== 'resource' ? `${method} ${target.name}` : method,
      { kind, links, attributes: spanAttributes(message, connection) },
      parent,
    );
    this.context = this.span ? trace.setSpan(parent, this.span) : parent;
  }

  /** Records the caller. */
  calledBy({ tokenType, clientId, organizationId }: ObservedCaller): void {
    const { span } = this;
    if (!span) return;
    span.setAttribute('nestjs_clerk_mcp.token.type', tokenType);
    if (clientId !== undefined) span.setAttribute('nestjs_clerk_mcp.oauth.client.id', clientId);
    if (organizationId !== undefined) {
      span.setAttribute('nestjs_clerk_mcp.organization.id', organizationId);
    }
  }

  within<R>(run: () => R): R {
    return context.with(this.context, run);
  }

  /** The headers of its trace context, such as `traceparent`. */
  carrier(): Record<string, string> {
    const carrier: Record<string, string> = {};
    propagation.inject(this.context, carrier);
    return carrier;
  }

  end(end: MessageEnd): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const { span } = this;
    const error = errorOf(end);
    this.record(error);
    if (!span) return;
    if (error) {
      span.setAttributes(addError({}, error));
      if (end.kind === 'refused') span.setAttribute('http.response.status_code', end.status);
      const message = error.code === undefined ? undefined : MEANINGS.get(error.code);
      span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    }
    span.end();
  }

  private record(error: MessageError | undefined): void {
    const { message, connection, recorders, origin } = this;
    if (!recorders.instruments.areOn) return;
    const attributes = messageAttributes(message, connection);
    recorders.instruments.record(
      origin.kind === SpanKind.SERVER
        ? 'mcp.server.operation.duration'
        : 'mcp.client.operation.duration',
      (performance.now() - this.startedAt) / 1_000,
      error ? addError(attributes, error) : attributes,
    );
  }
}

/** The attributes of a connection, for spans and metrics. */
export function networkOf(connection: Omit<Connection, 'sessionId'>): Attributes {
  return addNetwork({}, connection);
}

/**
 * Attributes that are put together key by key: objects of many shapes that are spread into each other are
 * slow.
 */
type Draft = Record<string, string | number | boolean>;

/** The attributes of a message, for spans and metrics. */
function messageAttributes(
  { method = OTHER, target }: ObservedMessage,
  connection: Connection,
): Draft {
  const draft: Draft = { 'mcp.method.name': method };
  if (target?.kind === 'tool') draft['gen_ai.tool.name'] = target.name;
  if (target?.kind === 'prompt') draft['gen_ai.prompt.name'] = target.name;
  if (method === 'tools/call') draft['gen_ai.operation.name'] = 'execute_tool';
  return addNetwork(draft, connection);
}

/** Those of {@link messageAttributes}, and what would give a metric too many series. */
function spanAttributes(message: ObservedMessage, connection: Connection): Draft {
  const { target, id } = message;
  const draft = messageAttributes(message, connection);
  if (target?.kind === 'resource') draft['mcp.resource.uri'] = target.name;
  if (id !== undefined) draft['jsonrpc.request.id'] = String(id).slice(0, MAX_ID);
  const { sessionId } = connection;
  if (sessionId !== undefined) {
    // Who has the id of an anonymous session can use it: only a digest is recorded.
    draft['mcp.session.id'] = hash('sha256', sessionId, 'hex').slice(0, DIGEST_LENGTH);
  }
  return draft;
}

function addNetwork(
  draft: Draft,
  { transport, protocolVersion, httpVersion }: Omit<Connection, 'sessionId'>,
): Draft {
  if (protocolVersion !== undefined) draft['mcp.protocol.version'] = protocolVersion;
  draft['network.transport'] = transport === 'stdio' ? 'pipe' : 'tcp';
  if (transport === 'http') draft['network.protocol.name'] = 'http';
  if (httpVersion !== undefined) draft['network.protocol.version'] = httpVersion;
  return draft;
}

interface MessageError {
  readonly type: string;
  /** Of JSON-RPC. */
  readonly code?: number;
}

function errorOf(end: MessageEnd): MessageError | undefined {
  switch (end.kind) {
    case 'result':
      return undefined;
    case 'tool_error':
    case 'cancelled':
      return { type: end.kind };
    case 'error':
    case 'refused':
      return { type: String(end.code), code: end.code };
  }
}

function addError(draft: Draft, { type, code }: MessageError): Draft {
  draft['error.type'] = type;
  if (code !== undefined) draft['rpc.response.status_code'] = String(code);
  return draft;
}

/** In place of the name of a method that the protocol does not have. */
const OTHER = '_OTHER';
/** Characters. */
const MAX_ID = 128;
const DIGEST_LENGTH = 16;

/** The meanings of codes in JSON-RPC 2.0 §5.1. The message of an error may contain text of the caller. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [-32_700, 'Parse error'],
  [-32_600, 'Invalid Request'],
  [-32_601, 'Method not found'],
  [-32_602, 'Invalid params'],
  [-32_603, 'Internal error'],
]);
