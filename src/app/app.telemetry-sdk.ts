import { setTimeout } from 'node:timers/promises';
import { diag, trace, type DiagLogger } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { Logger } from '@nestjs/common';

/**
 * Starts the SDK, which reads `OTEL_*` itself, with spans and durations of HTTP in both directions and the
 * metrics of Node.
 */
export function startSdk(env: NodeJS.ProcessEnv): StartedSdk {
  env['OTEL_SERVICE_NAME'] ??= SERVICE_NAME;
  // Logs go to the standard output.
  env['OTEL_LOGS_EXPORTER'] ??= 'none';
  diag.setLogger(new OnceAMinute());
  const sdk = new NodeSDK({
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: ({ url = '' }) => url.startsWith('/health'),
      }),
      new UndiciInstrumentation({
        // Queries may name people.
        startSpanHook: ({ origin, path }) => ({
          'url.full': `${origin}${path.split('?', 1)[0]}`,
          'url.query': '',
        }),
      }),
      new RuntimeNodeInstrumentation(),
    ],
  });
  sdk.start();
  return {
    stop: async () => {
      const late = setTimeout(SHUTDOWN_MS, undefined, { ref: false });
      await Promise.race([sdk.shutdown().catch(() => undefined), late]);
    },
    activeTraceId: () => trace.getActiveSpan()?.spanContext().traceId,
  };
}

/** The SDK, as far as the service uses it. */
interface StartedSdk {
  /** Exports what is left, and ends the export. */
  readonly stop: () => Promise<void>;
  readonly activeTraceId: () => string | undefined;
}

/** Logs what OpenTelemetry says, the same at most once a minute: an exporter fails with each interval. */
class OnceAMinute implements DiagLogger {
  private readonly logger = new Logger('Telemetry');
  private readonly loggedAt = new Map<string, number>();

  error(message: string, ...details: readonly unknown[]): void {
    this.log(message, details);
  }

  warn(message: string, ...details: readonly unknown[]): void {
    this.log(message, details);
  }

  info(): void {}
  debug(): void {}
  verbose(): void {}

  private log(message: string, details: readonly unknown[]): void {
    const text = [message, ...details.map(describe)].join(' ').slice(0, MAX_LENGTH);
    const now = performance.now();
    if (now - (this.loggedAt.get(text) ?? -Infinity) < REPEAT_MS) return;
    if (this.loggedAt.size >= MAX_TEXTS) this.loggedAt.clear();
    this.loggedAt.set(text, now);
    this.logger.warn(text);
  }
}

/** Without its stack, and without members such as the headers of a request. */
function describe(detail: unknown): string {
  if (detail instanceof Error) return detail.message;
  return typeof detail === 'string' ? detail : '';
}

const SERVICE_NAME = 'nestjs-clerk-mcp';
const SHUTDOWN_MS = 2_000;
const REPEAT_MS = 60_000;
const MAX_TEXTS = 100;
/** Characters. */
const MAX_LENGTH = 500;
