import {
  context,
  createContextKey,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Context,
  type Link,
} from '@opentelemetry/api';
import type {
  ExchangeObserver,
  MessageId,
  ObservedAnswer,
  ObservedCaller,
  ObservedExchange,
  ObservedMessage,
} from '../instrumentation/instrumentation.js';
import { MessageSpan, type MessageEnd, type Recorders } from './message-span.js';
import type { TelemetryOptions } from './telemetry.options.js';

/** The spans of the messages of one exchange. */
export class OpenExchange implements ExchangeObserver {
  private readonly spans: readonly MessageSpan[];
  private readonly byId = new Map<MessageId, MessageSpan>();
  /** Not taken by a server of the SDK. */
  private readonly ours: Set<MessageSpan>;

  constructor(
    exchange: ObservedExchange,
    recorders: Recorders,
    parent: TelemetryOptions['parent'] = 'meta',
  ) {
    const { messages, endpoint, transport } = exchange;
    const active = context.active();
    if (transport === 'http') nameRoute(active, endpoint);
    this.spans = messages.map((message) => {
      const span = new MessageSpan(message, exchange, {
        ...recorders,
        ...originOf(message, exchange, active, parent),
        kind: SpanKind.SERVER,
      });
      if (message.id !== undefined) this.byId.set(message.id, span);
      return span;
    });
    this.ours = new Set(this.spans);
  }

  calledBy(caller: ObservedCaller): void {
    for (const span of this.spans) span.calledBy(caller);
  }

  within<R>(id: MessageId | undefined, run: () => R): R {
    const span = id === undefined ? this.spans[0] : this.byId.get(id);
    return span ? span.within(run) : run();
  }

  get waits(): boolean {
    return this.ours.size > 0 && [...this.byId.values()].some((span) => this.waitsFor(span));
  }

  taken(id: MessageId): void {
    const span = this.byId.get(id);
    if (span) this.ours.delete(span);
  }

  answered(id: MessageId, answer: ObservedAnswer): void {
    this.byId.get(id)?.end(answer);
  }

  private waitsFor(span: MessageSpan): boolean {
    return this.ours.has(span) && !span.isEnded;
  }

  cancelled(id: MessageId): void {
    this.byId.get(id)?.end({ kind: 'cancelled' });
  }

  refused(status: number, code: number): void {
    this.endOurs({ kind: 'refused', status, code });
  }

  ended(): void {
    const requests = new Set(this.byId.values());
    for (const span of this.ours) {
      span.end({ kind: requests.has(span) ? 'cancelled' : 'result' });
    }
    this.ours.clear();
  }

  private endOurs(end: MessageEnd): void {
    for (const span of this.ours) span.end(end);
    this.ours.clear();
  }
}

interface Origin {
  readonly parent: Context;
  readonly links: readonly Link[];
}

/** The parent of the span of a message, and what it is linked with. */
function originOf(
  { meta }: ObservedMessage,
  { headers }: ObservedExchange,
  active: Context,
  parent: TelemetryOptions['parent'],
): Origin {
  // Without an instrumentation of HTTP, nobody has read the headers.
  const around =
    trace.getSpanContext(active) || !headers ? active : propagation.extract(active, headers);
  if (typeof meta?.['traceparent'] !== 'string') return { parent: around, links: [] };
  const [main, other] =
    parent === 'meta'
      ? [propagation.extract(around, meta), around]
      : [around, propagation.extract(ROOT_CONTEXT, meta)];
  const linked = trace.getSpanContext(other);
  const isOther = linked && linked.spanId !== trace.getSpanContext(main)?.spanId;
  return {
    parent: main,
    links: isOther && isSpanContextValid(linked) ? [{ context: linked }] : [],
  };
}

/** Tells the instrumentation of HTTP, if there is one, which route this is: it names its span by it. */
function nameRoute(active: Context, endpoint: string): void {
  const http = active.getValue(RPC_METADATA);
  if (typeof http === 'object' && http !== null) Reflect.set(http, 'route', `/${endpoint}`);
}

/** The key of `getRPCMetadata()` in `@opentelemetry/core`. */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');
