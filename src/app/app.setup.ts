import { once } from 'node:events';
import { createServer } from 'node:net';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CurrentRequest, type LoggedRequest } from '../clerk/http/current-request.js';
import { activeTraceId } from './app.telemetry.js';
import { SERVICE_CONFIG, type ServiceConfig } from './config.js';
import { schemaCompilersOnDemand, treatAsOwnCompilers } from './schema-compilers.js';
import { ServiceLogger } from './service-logger.js';

/** Fastify as the service runs it. */
export function createAdapter({ trustProxy }: Pick<ServiceConfig, 'trustProxy'>): FastifyAdapter {
  const adapter = new FastifyAdapter({
    trustProxy,
    schemaController: schemaCompilersOnDemand(),
    bodyLimit: SERVER_LIMITS.bodyBytes,
    requestTimeout: SERVER_LIMITS.requestMs,
    keepAliveTimeout: SERVER_LIMITS.keepAliveMs,
    http: {
      headersTimeout: SERVER_LIMITS.headersMs,
      connectionsCheckingInterval: SERVER_LIMITS.checkMs,
    },
    // A connection that was opened and never used would hold the shutdown for ever.
    forceCloseConnections: true,
  });
  return treatAsOwnCompilers(adapter);
}

/** What the service and its end-to-end tests set on the application before it listens. */
export function configureApp(app: NestFastifyApplication): void {
  useConfiguredLogger(app);
  app.enableShutdownHooks();
}

/** Logs as the configuration says, from what was logged during the start on. */
export function useConfiguredLogger(app: INestApplicationContext): void {
  const { production, logLevel } = app.get<ServiceConfig>(SERVICE_CONFIG);
  const options = { json: production, logLevels: [logLevel] };
  app.useLogger(new ServiceLogger(options, requestOf(app)));
  app.flushLogs();
}

/** Tells during which request something is logged. */
function requestOf(app: INestApplicationContext): () => LoggedRequest | undefined {
  const current = app.get(CurrentRequest, { strict: false });
  return () => {
    const logged = current.logged();
    const traceId = activeTraceId();
    return logged && traceId !== undefined ? { ...logged, traceId } : logged;
  };
}

/** Logs what the configuration warns of. */
export function logWarnings(app: INestApplicationContext): void {
  const logger = new Logger('Configuration');
  for (const warning of app.get<ServiceConfig>(SERVICE_CONFIG).warnings) logger.warn(warning);
}

/** Starts to listen where the configuration says. */
export async function listen(app: NestFastifyApplication): Promise<void> {
  const { host, port } = app.get<ServiceConfig>(SERVICE_CONFIG);
  try {
    // Before Nest does, which writes the error to the log as well.
    await assertFree(port, host);
    await app.listen(port, host);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    throw new PortInUseError(port, host, { cause });
  }
}

async function assertFree(port: number, host: string): Promise<void> {
  const server = createServer().listen({ port, host, exclusive: true });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

/** What is said of a failed start: a known reason says all by itself, anything else wants its stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? error.message : (error.stack ?? error.message);
}

/** What the HTTP server of the service bears with. Durations in milliseconds. */
export const SERVER_LIMITS = {
  /** The limit of the official SDK. */
  bodyBytes: 4 * 1024 * 1024,
  /** From the first byte of a connection, or of a request on it, to the end of the headers. */
  headersMs: 20_000,
  /** To the end of the body; a moment more than `limits.bodyMs`, which answers before. */
  requestMs: 35_000,
  /** Of a connection between two requests. */
  keepAliveMs: 72_000,
  /** How often the server looks for what is over its time. */
  checkMs: 5_000,
} as const;

/** Another process listens on the port of the service. */
class PortInUseError extends Error {
  readonly code = 'PORT_IN_USE';

  constructor(port: number, host: string, options: { readonly cause: unknown }) {
    super(
      `Port ${port} on ${host} is in use. Stop the process that listens there, or set PORT to another one.`,
      options,
    );
    this.name = 'PortInUseError';
  }
}
