import { context, ProxyTracerProvider, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import {
  Instrumentation,
  type Attributes,
  type ExchangeObserver,
  type GaugeValue,
  type ObservedExchange,
  type ObservedQuestion,
  type QuestionObserver,
} from '../instrumentation/instrumentation.js';
import type { CounterName, GaugeName } from '../instrumentation/metrics.js';
import { Instruments } from './instruments.js';
import { MessageSpan, networkOf, type Origin } from './message-span.js';
import { OpenExchange } from './observed-exchange.js';
import { SCOPE } from './scope.js';
import type { TelemetryOptions } from './telemetry.options.js';

/**
 * Records by OpenTelemetry: spans and durations as its conventions for MCP say, and the metrics of this
 * package. It uses the providers that the application has registered, and does nothing without them.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 */
export class OpenTelemetryInstrumentation extends Instrumentation {
  private readonly instruments = new Instruments();
  /** Asks the provider that is registered when it is used. */
  private readonly proxy: Tracer = trace.getTracer(SCOPE.name, SCOPE.version);

  constructor(private readonly options: TelemetryOptions = {}) {
    super();
  }

  override get isOn(): boolean {
    return this.tracer !== undefined || this.instruments.areOn;
  }

  override observe(exchange: ObservedExchange): ExchangeObserver {
    const { tracer, instruments, options } = this;
    return new OpenExchange(exchange, { tracer, instruments }, options.parent);
  }

  override ask(question: ObservedQuestion): QuestionObserver {
    const { tracer, instruments } = this;
    const origin: Origin = { kind: SpanKind.CLIENT, parent: context.active(), links: [] };
    const span = new MessageSpan(question, question, { tracer, instruments }, origin);
    return {
      carrier: tracer ? span.carrier() : {},
      answered: (answer) => span.end(answer),
      cancelled: () => span.end({ kind: 'cancelled' }),
    };
  }

  override sessionEnded({
    durationMs,
    ...connection
  }: Parameters<Instrumentation['sessionEnded']>[0]): void {
    const attributes = networkOf(connection);
    this.instruments.record('mcp.server.session.duration', durationMs / 1_000, attributes);
  }

  override count(metric: CounterName, attributes: Attributes = {}, by = 1): void {
    this.instruments.add(metric, by, attributes);
  }

  override gauge(metric: GaugeName, read: () => GaugeValue): () => void {
    return this.instruments.watch(metric, read);
  }

  private get tracer(): Tracer | undefined {
    const provider = trace.getTracerProvider();
    const isNone =
      provider instanceof ProxyTracerProvider && provider.getDelegate() === NO_PROVIDER;
    return isNone ? undefined : this.proxy;
  }
}

/** What a proxy delegates to before a provider is registered. */
const NO_PROVIDER = new ProxyTracerProvider().getDelegate();
