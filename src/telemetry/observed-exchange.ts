import {
  context,
  createContextKey,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Context,
} from '@opentelemetry/api';
import type {
  ExchangeObserver,
  MessageId,
  ObservedAnswer,
  ObservedCaller,
  ObservedExchange,
  ObservedMessage,
} from '../instrumentation/instrumentation.js';
import { MessageSpan, type MessageEnd, type Origin, type Recorders } from './message-span.js';
import type { TelemetryOptions } from './telemetry.options.js';

/** The spans of the messages of one exchange. */
export class OpenExchange implements ExchangeObserver {
  private readonly spans: readonly MessageSpan[];

  constructor(
    exchange: ObservedExchange,
    recorders: Recorders,
    parent: TelemetryOptions['parent'] = 'meta',
  ) {
    const { messages, endpoint, transport } = exchange;
    const active = context.active();
    if (transport === 'http') nameRoute(active, endpoint);
    this.spans = messages.map((message) => {
      const origin = originOf(message, exchange, active, parent);
      return new MessageSpan(message, exchange, recorders, origin);
    });
  }

  calledBy(caller: ObservedCaller): void {
    for (const span of this.spans) span.calledBy(caller);
  }

  within<R>(id: MessageId | undefined, run: () => R): R {
    const span = id === undefined ? this.spans[0] : this.spanOf(id);
    return span ? span.within(run) : run();
  }

  get waits(): boolean {
    return this.spans.some((span) => isRequest(span) && !span.isTaken && !span.isEnded);
  }

  taken(id: MessageId): void {
    const span = this.spanOf(id);
    if (span) span.isTaken = true;
  }

  answered(id: MessageId, answer: ObservedAnswer): void {
    this.spanOf(id)?.end(answer);
  }

  cancelled(id: MessageId): void {
    this.spanOf(id)?.end({ kind: 'cancelled' });
  }

  refused(status: number, code: number): void {
    const end: MessageEnd = { kind: 'refused', status, code };
    for (const span of this.spans) if (!span.isTaken) span.end(end);
  }

  ended(): void {
    for (const span of this.spans) {
      if (!span.isTaken) span.end({ kind: isRequest(span) ? 'cancelled' : 'result' });
    }
  }

  private spanOf(id: MessageId): MessageSpan | undefined {
    return this.spans.find(({ message, isEnded }) => message.id === id && !isEnded);
  }
}

function isRequest({ message }: MessageSpan): boolean {
  return message.id !== undefined;
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
  const kind = SpanKind.SERVER;
  if (typeof meta?.['traceparent'] !== 'string') return { kind, parent: around, links: [] };
  const [main, other] =
    parent === 'meta'
      ? [propagation.extract(around, meta), around]
      : [around, propagation.extract(ROOT_CONTEXT, meta)];
  const linked = trace.getSpanContext(other);
  const isOther = linked && linked.spanId !== trace.getSpanContext(main)?.spanId;
  return {
    kind,
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
