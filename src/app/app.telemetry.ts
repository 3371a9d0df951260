import { Global, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Instrumentation } from '../instrumentation/instrumentation.js';
import { SERVICE_CONFIG, type ServiceConfig } from './config.js';

/**
 * Records by OpenTelemetry where the process has providers: those of {@link startTelemetry}, or of a file
 * that was named by `node --import`.
 */
@Global()
@Module({
  providers: [
    {
      provide: Instrumentation,
      inject: [SERVICE_CONFIG],
      useFactory: async ({ traceParent }: ServiceConfig): Promise<Instrumentation | null> => {
        if (!hasProviders()) return null;
        // Loaded where it is used: the packages are optional.
        const { createInstrumentation } = await import('../telemetry/telemetry.module.js');
        return createInstrumentation({ parent: traceParent });
      },
    },
  ],
  exports: [Instrumentation],
})
export class ServiceTelemetryModule implements OnApplicationShutdown {
  /** The last hook: what the others do is still recorded. */
  async onApplicationShutdown(): Promise<void> {
    await stopTelemetry?.();
    stopTelemetry = undefined;
  }
}

/**
 * Starts the SDK of OpenTelemetry if the environment names an exporter, as `OTEL_*` of its specification do.
 * Call it before the HTTP framework is loaded, which is then instrumented. It never throws: the service
 * serves without telemetry.
 */
export async function startTelemetry(env: NodeJS.ProcessEnv): Promise<void> {
  if (!isWanted(env) || hasProviders()) return;
  // Written once the logger of the service is known.
  Logger.attachBuffer();
  try {
    const { startSdk } = await import('./app.telemetry-sdk.js');
    const started = startSdk(env);
    stopTelemetry = started.stop;
    activeTraceId = started.activeTraceId;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && MISSING.has(error.code);
    new Logger('Telemetry').warn(
      isMissing
        ? 'OTEL_* is set, but the packages of OpenTelemetry are not installed. Install the service without --omit=optional.'
        : `OpenTelemetry did not start, and nothing is exported: ${firstLine(error)}`,
    );
  }
}

/** Trace id of the span that is active; `undefined` without {@link startTelemetry}. */
export let activeTraceId: () => string | undefined = () => undefined;

/** Ends the export that {@link startTelemetry} began. */
let stopTelemetry: (() => Promise<void>) | undefined;

/** Any of them asks for the export. */
const WANTED_BY = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_TRACES_EXPORTER',
  'OTEL_METRICS_EXPORTER',
  'OTEL_CONFIG_FILE',
];

function isWanted(env: NodeJS.ProcessEnv): boolean {
  return env['OTEL_SDK_DISABLED'] !== 'true' && WANTED_BY.some((name) => env[name]?.trim());
}

/** Whether the process has registered providers, which `@opentelemetry/api` keeps under this symbol. */
function hasProviders(): boolean {
  const registered: unknown = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));
  if (typeof registered !== 'object' || registered === null) return false;
  return 'trace' in registered || 'metrics' in registered;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}

const MISSING: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);
