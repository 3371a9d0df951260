import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { core, metrics as sdkMetrics, NodeSDK, tracing } from '@opentelemetry/sdk-node';
import { Module } from '@nestjs/common';
import { ClerkAuthGuard, ClerkAuthModule, McpModule } from '../../../dist/index.js';
import { TelemetryModule } from '../../../dist/telemetry/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { EchoTools } from './echo-tools.js';
import { serveNest } from './serve-nest.js';

/**
 * The module with `TelemetryModule`. Argument: `none`, for no provider; `providers`, for those of the SDK
 * without an exporter; or the URL of a collector.
 */
const [providers = 'none'] = process.argv.slice(2);
if (providers === 'providers') registerProviders();
else if (providers !== 'none') {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = providers;
  process.env['OTEL_METRICS_EXPORTER'] = 'otlp';
  process.env['OTEL_LOGS_EXPORTER'] = 'none';
  new NodeSDK({ instrumentations: [] }).start();
}

function registerProviders(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new tracing.BasicTracerProvider());
  metrics.setGlobalMeterProvider(new sdkMetrics.MeterProvider());
}

@Module({
  imports: [
    TelemetryModule.forRoot(),
    ClerkAuthModule.forRoot(clerkOptions(readSettings())),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [EchoTools],
})
class TelemetryBenchModule {}

await serveNest(TelemetryBenchModule);
