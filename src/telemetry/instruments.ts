import {
  createNoopMeter,
  metrics,
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
  type ObservableCallback,
  type ObservableGauge,
} from '@opentelemetry/api';
import type { Attributes, GaugeValue } from '../instrumentation/instrumentation.js';
import { METRICS, type CounterName, type GaugeName } from '../instrumentation/metrics.js';
import { SCOPE } from './scope.js';

/** Name of a histogram of the conventions for MCP. */
export type DurationName =
  'mcp.server.operation.duration' | 'mcp.server.session.duration' | 'mcp.client.operation.duration';

/**
 * The instruments of this package at the meter provider that the application has registered, whenever it
 * did. Without one nothing is recorded.
 */
export class Instruments {
  private provider: MeterProvider | undefined;
  private meter: Meter | undefined;
  private readonly durations = new Map<DurationName, Histogram>();
  private readonly counters = new Map<CounterName, Counter>();
  private readonly watched = new Set<Gauge>();
  private readonly gauges = new Map<GaugeName, ObservableGauge>();

  /** Whether a meter provider is registered. */
  get areOn(): boolean {
    return this.current() !== undefined;
  }

  /** @param seconds duration */
  record(name: DurationName, seconds: number, attributes: Attributes): void {
    const meter = this.current();
    if (!meter) return;
    let histogram = this.durations.get(name);
    if (!histogram) {
      const description = DURATIONS[name];
      const advice = { explicitBucketBoundaries: BUCKETS };
      histogram = meter.createHistogram(name, { description, unit: 's', advice });
      this.durations.set(name, histogram);
    }
    histogram.record(seconds, attributes);
  }

  add(name: CounterName, by: number, attributes: Attributes): void {
    const meter = this.current();
    if (!meter) return;
    let counter = this.counters.get(name);
    if (!counter) {
      const { description, unit } = METRICS[name];
      counter = meter.createCounter(name, { description, unit });
      this.counters.set(name, counter);
    }
    counter.add(by, attributes);
  }

  /** @returns a function that ends the reading */
  watch(name: GaugeName, read: () => GaugeValue): () => void {
    const gauge: Gauge = {
      name,
      callback: (result) => {
        const { value, attributes } = read();
        result.observe(value, attributes);
      },
    };
    const meter = this.current();
    this.watched.add(gauge);
    if (meter) this.gaugeOf(meter, name).addCallback(gauge.callback);
    return () => {
      this.watched.delete(gauge);
      this.gauges.get(name)?.removeCallback(gauge.callback);
    };
  }

  /** The meter of the provider of now; `undefined` without one. */
  private current(): Meter | undefined {
    const provider = metrics.getMeterProvider();
    if (provider === this.provider) return this.meter;
    this.provider = provider;
    this.durations.clear();
    this.counters.clear();
    this.gauges.clear();
    const meter = provider.getMeter(SCOPE.name, SCOPE.version);
    this.meter = meter === createNoopMeter() ? undefined : meter;
    if (this.meter) {
      for (const { name: gauge, callback } of this.watched) {
        this.gaugeOf(this.meter, gauge).addCallback(callback);
      }
    }
    return this.meter;
  }

  private gaugeOf(meter: Meter, name: GaugeName): ObservableGauge {
    const known = this.gauges.get(name);
    if (known) return known;
    const { description, unit } = METRICS[name];
    const gauge = meter.createObservableGauge(name, { description, unit });
    this.gauges.set(name, gauge);
    return gauge;
  }
}

interface Gauge {
  readonly name: GaugeName;
  readonly callback: ObservableCallback;
}

const DURATIONS: Readonly<Record<DurationName, string>> = {
  'mcp.server.operation.duration': 'Duration of a request or notification as the server sees it.',
  'mcp.server.session.duration': 'Duration of a session, or of a connection over stdio.',
  'mcp.client.operation.duration': 'Duration of a request of the server to its client.',
};

/**
 * In seconds.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 */
const BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
