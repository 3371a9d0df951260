import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { core, metrics as sdkMetrics, tracing } from '@opentelemetry/sdk-node';

/** One span, as an exporter gets it. */
export interface Recorded {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string | undefined };
}

/** Collects spans and metrics in memory, in place of a collector. */
export class Collector {
  private readonly spanExporter = new tracing.InMemorySpanExporter();
  private readonly metricExporter = new sdkMetrics.InMemoryMetricExporter(
    sdkMetrics.AggregationTemporality.CUMULATIVE,
  );
  private readonly reader = new sdkMetrics.PeriodicExportingMetricReader({
    exporter: this.metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  private readonly tracerProvider = new tracing.BasicTracerProvider({
    spanProcessors: [new tracing.SimpleSpanProcessor(this.spanExporter)],
  });
  private readonly meterProvider = new sdkMetrics.MeterProvider({ readers: [this.reader] });

  /** Registers the providers of this process. */
  start(): void {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(this.tracerProvider);
    metrics.setGlobalMeterProvider(this.meterProvider);
  }

  /** Registers only what counts. */
  startMetrics(): void {
    metrics.setGlobalMeterProvider(this.meterProvider);
  }

  async stop(): Promise<void> {
    for (const api of [trace, metrics, context, propagation]) api.disable();
    await Promise.all([this.tracerProvider.shutdown(), this.meterProvider.shutdown()]);
  }

  get spans(): readonly Recorded[] {
    return this.spanExporter.getFinishedSpans().map((span) => ({
      name: span.name,
      kind: span.kind,
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      parentId: span.parentSpanContext?.spanId,
      links: span.links.map(({ context: linked }) => linked.spanId),
      attributes: span.attributes,
      status: span.status,
    }));
  }

  /** The spans of this package. */
  get own(): readonly Recorded[] {
    return this.spans.filter(({ attributes }) => 'mcp.method.name' in attributes);
  }

  clear(): void {
    this.spanExporter.reset();
  }

  /** The latest points of a metric. */
  async points(name: string): Promise<readonly Point[]> {
    await this.reader.forceFlush();
    const scopes = this.metricExporter.getMetrics().at(-1)?.scopeMetrics ?? [];
    const metric = scopes.flatMap((one) => one.metrics).find((one) => one.descriptor.name === name);
    return (metric?.dataPoints ?? []).map(({ attributes, value }) => ({
      attributes,
      value,
    }));
  }

  /** All names, attributes and values that were recorded, as one text. */
  async everything(): Promise<string> {
    await this.reader.forceFlush();
    const seen = [this.spans, this.metricExporter.getMetrics()];
    return JSON.stringify(seen, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
  }
}

export interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}
