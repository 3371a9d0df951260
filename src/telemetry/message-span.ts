import { hash } from 'node:crypto';
import {
  context,
  propagation,
  trace,
  SpanKind,
  SpanStatusCode,
  type Attributes as SpanAttributes,
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
import type { DurationName, Instruments } from './instruments.js';

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

/** The span of one message, and the record of its duration. Ended once. */
export class MessageSpan {
  /** With the span as its active one. */
  readonly context: Context;
  private readonly startedAt = performance.now();
  private readonly span: Span | undefined;
  private readonly attributes: Attributes;
  isEnded = false;

  constructor(
    { method, target, id }: ObservedMessage,
    connection: Connection,
    private readonly recorders: Recorders & {
      readonly kind: SpanKind.SERVER | SpanKind.CLIENT;
      readonly parent: Context;
      readonly links?: readonly Link[];
    },
  ) {
    const { tracer, kind, parent, links = [] } = recorders;
    const name = method ?? OTHER;
    const named = target && target.kind !== 'resource' ? target.name : undefined;
    this.attributes = {
      'mcp.method.name': name,
      ...(target?.kind === 'tool' && { 'gen_ai.tool.name': target.name }),
      ...(target?.kind === 'prompt' && { 'gen_ai.prompt.name': target.name }),
      ...(name === 'tools/call' && { 'gen_ai.operation.name': 'execute_tool' }),
      ...networkOf(connection),
    };
    this.span = tracer?.startSpan(
      named === undefined ? name : `${name} ${named}`,
      {
        kind,
        links: [...links],
        attributes: {
          ...this.attributes,
          ...(target?.kind === 'resource' && { 'mcp.resource.uri': target.name }),
          ...(id !== undefined && { 'jsonrpc.request.id': String(id).slice(0, MAX_ID) }),
          ...sessionOf(connection),
        },
      },
      parent,
    );
    this.context = this.span ? trace.setSpan(parent, this.span) : parent;
  }

  /** Records the caller. */
  calledBy({ tokenType, clientId, organizationId }: ObservedCaller): void {
    this.span?.setAttributes({
      'nestjs_clerk_mcp.token.type': tokenType,
      ...(clientId !== undefined && { 'nestjs_clerk_mcp.oauth.client.id': clientId }),
      ...(organizationId !== undefined && { 'nestjs_clerk_mcp.organization.id': organizationId }),
    });
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
    const { span, recorders, attributes } = this;
    const failure = failureOf(end);
    const metric: DurationName =
      recorders.kind === SpanKind.SERVER
        ? 'mcp.server.operation.duration'
        : 'mcp.client.operation.duration';
    recorders.instruments.record(metric, (performance.now() - this.startedAt) / 1_000, {
      ...attributes,
      ...failure,
    });
    if (!span) return;
    if (failure) {
      span.setAttributes(failure);
      if (end.kind === 'refused') span.setAttribute('http.response.status_code', end.status);
      const message = 'code' in end ? MEANINGS.get(end.code) : undefined;
      span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    }
    span.end();
  }
}

/** The attributes of a connection, for spans and metrics. */
export function networkOf({
  transport,
  protocolVersion,
  httpVersion,
}: Omit<Connection, 'sessionId'>): Attributes {
  return {
    ...(protocolVersion !== undefined && { 'mcp.protocol.version': protocolVersion }),
    'network.transport': transport === 'stdio' ? 'pipe' : 'tcp',
    ...(transport === 'http' && { 'network.protocol.name': 'http' }),
    ...(httpVersion !== undefined && { 'network.protocol.version': httpVersion }),
  };
}

/** Who has the id of an anonymous session can use it: only a digest is recorded. */
function sessionOf({ sessionId }: Connection): SpanAttributes {
  if (sessionId === undefined) return {};
  return { 'mcp.session.id': hash('sha256', sessionId, 'hex').slice(0, DIGEST_LENGTH) };
}

function failureOf(end: MessageEnd): Attributes | undefined {
  switch (end.kind) {
    case 'result':
      return undefined;
    case 'tool_error':
    case 'cancelled':
      return { 'error.type': end.kind };
    case 'error':
    case 'refused':
      return {
        'error.type': String(end.code),
        'rpc.response.status_code': String(end.code),
      };
  }
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
