import type { Server } from 'node:http';
import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import type { ClerkEmulator, ClerkEmulatorOptions } from '../emulator/index.js';
import type { Era } from './caller/connection.js';
import { clerkOptionsOf, endpointsOf, webhookURLOf } from './endpoint.js';
import { McpTest } from './mcp-test.js';
import { metadataRead } from './metadata-read.js';
import { defineScopes, registerOAuthClient } from './prepare-emulator.js';
import { startTestEmulator, useTestEmulator } from './test-emulator.js';
import { inProcessFetch, type Fetch } from './transport/in-process-fetch.js';
import { ReservedPort } from './transport/reserved-port.js';

/**
 * Starts an application with its MCP endpoint for tests. It builds the application on a local Clerk
 * emulator, or uses an application that is already built.
 *
 * @example
 * ```ts
 * await using test = await createMcpTest({ imports: [AppModule] });
 * const ada = await test.as({ email: 'ada@example.com', scopes: ['notes:write'] });
 * const { output } = await ada.callTool(NotesTools, 'add', { text: 'Hi' });
 * ```
 */
export async function createMcpTest(options: McpTestOptions): Promise<McpTest> {
  const started: Ending[] = [];
  try {
    return await start(options, started);
  } catch (error) {
    for (const end of started) await end().catch(() => undefined);
    throw error;
  }
}

/** Options of {@link createMcpTest}: a module, a builder, a compiled module, or an application. */
export type McpTestOptions = CommonOptions &
  (
    | (ModuleMetadata & BuildOptions)
    | ({ readonly builder: TestingModuleBuilder } & BuildOptions)
    | ({ readonly module: TestingModule; readonly clerk: ClerkEmulator } & AppOptions)
    | { readonly app: INestApplication; readonly clerk: ClerkEmulator }
  );

interface CommonOptions {
  /** Protocol era of callers that do not set `era`. Default: `modern`. */
  readonly era?: Era;
}

interface AppOptions {
  /** HTTP adapter of the application. Default: Fastify. */
  readonly adapter?: AbstractHttpAdapter;
  /** Configures the application before it starts, as `main.ts` does: prefix, pipes, versioning. */
  readonly configure?: (app: INestApplication) => unknown;
  /** Option of `NestFactory.create()` that webhooks on Express need. Default: false. */
  readonly rawBody?: boolean;
  /** Default: Nest's logger for tests, which logs errors only. `false` logs nothing. */
  readonly logger?: LoggerService | false;
}

interface BuildOptions extends AppOptions {
  /** Overrides providers, guards or modules of the application before it compiles. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** Options of the emulator, or a running emulator, which the test does not close. */
  readonly clerk?: ClerkEmulatorOptions | ClerkEmulator;
  /**
   * `in-process` uses connections in memory and keeps the `baseURL` of the application. `http` listens
   * on a free port of 127.0.0.1, which replaces the origin of `baseURL`. Default: `in-process`.
   */
  readonly transport?: 'in-process' | 'http';
}

type Ending = () => Promise<unknown>;

async function start(options: McpTestOptions, started: Ending[]): Promise<McpTest> {
  if ('app' in options) return attach(options.app, options.clerk, options, started);
  if ('module' in options) {
    const app = await createApp(options.module, options, started);
    return attach(app, options.clerk, options, started);
  }
  const clerk = await clerkOf(options, started);
  const port = options.transport === 'http' ? await ReservedPort.open() : undefined;
  if (port) started.unshift(() => port.close());
  const builder = useTestEmulator(builderOf(options), clerk, port && { origin: port.origin });
  const module = await (options.override?.(builder) ?? builder).compile();
  const app = await createApp(module, options, started);
  return attach(app, clerk, options, started, port);
}

async function clerkOf({ clerk = {} }: BuildOptions, started: Ending[]): Promise<ClerkEmulator> {
  if ('issue' in clerk) return clerk;
  const emulator = await startTestEmulator(clerk);
  started.unshift(() => emulator.close());
  return emulator;
}

function builderOf(options: McpTestOptions): TestingModuleBuilder {
  if ('builder' in options) return options.builder;
  const { imports, controllers, providers, exports } = options as ModuleParts;
  return Test.createTestingModule({
    ...(imports && { imports }),
    ...(controllers && { controllers }),
    ...(providers && { providers }),
    ...(exports && { exports }),
  });
}

type ModuleParts = Parameters<typeof Test.createTestingModule>[0];

async function createApp(
  module: TestingModule,
  { adapter, configure, logger, rawBody }: AppOptions,
  started: Ending[],
): Promise<INestApplication> {
  const app = module.createNestApplication(adapter ?? (await fastifyAdapter()), {
    ...(logger !== undefined && { logger }),
    ...(rawBody !== undefined && { rawBody }),
  });
  started.unshift(() => app.close());
  await configure?.(app);
  return app;
}

async function fastifyAdapter() {
  // Loaded on demand, because an application on Express may not have it installed.
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter({ forceCloseConnections: true });
}

/** Initializes an application, unless it is already running, and creates its test. */
async function attach(
  app: INestApplication,
  clerk: ClerkEmulator,
  { era = 'modern' }: Pick<McpTestOptions, 'era'>,
  started: Ending[],
  port?: ReservedPort,
): Promise<McpTest> {
  await app.init();
  await ready(app);
  const server: Server = app.getHttpServer();
  const clerkOptions = clerkOptionsOf(app);
  port?.forwardTo(server);
  const origin = port?.origin ?? (server.listening ? await app.getUrl() : undefined);
  const ownOrigin = new URL(clerkOptions?.resource ?? 'https://mcp.test').origin;
  const endpoints = endpointsOf(app, origin ?? ownOrigin);
  registerOAuthClient(clerk, clerkOptions);
  // Else the server would ask for it a second later, between the requests of a test.
  if (clerkOptions?.issuer === clerk.url) await metadataRead(app);
  const catalogs = endpoints.map(({ catalog }) => catalog);
  defineScopes(clerk, app, clerkOptions, catalogs);
  const send = origin === undefined ? inProcess(server, ownOrigin) : overNetwork;
  const webhookURL = webhookURLOf(app, origin ?? ownOrigin);
  if (webhookURL !== undefined && clerkOptions?.webhooks && clerkOptions.issuer === clerk.url) {
    clerk.webhooks.sendTo({ url: webhookURL, fetch: (url, init) => send(url, init) });
  }
  return new McpTest({
    app,
    clerk,
    endpoints,
    clerkOptions,
    era,
    fetch: send,
    closing: started,
  });
}

/** Fastify compiles its routes when `ready()` is called. */
async function ready(app: INestApplication): Promise<void> {
  const instance: object = app.getHttpAdapter().getInstance();
  if ('ready' in instance && typeof instance.ready === 'function') await instance.ready();
}

/** Over the network, the remote address cannot be chosen. */
const overNetwork: Fetch = (input, init) => fetch(input, init);

/** Requests to the application stay in this process; requests to the emulator use its port. */
function inProcess(server: Server, origin: string): Fetch {
  const inside = inProcessFetch(server);
  return async (input, init, address, mark) => {
    const url = new URL(input instanceof Request ? input.url : input);
    return url.origin === origin ? inside(input, init, address, mark) : fetch(input, init);
  };
}
