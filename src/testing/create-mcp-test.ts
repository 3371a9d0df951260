import type { Server } from 'node:http';
import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import type { ClerkEmulator, ClerkEmulatorOptions } from '../emulator/index.js';
import type { ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import { startClerkStandIn, useClerkStandIn } from './test-emulator.js';
import { clerkOptionsOf, endpointsOf, webhookURLOf } from './endpoint.js';
import { McpTest } from './mcp-test.js';
import { defineScopes } from './sign-in/person.js';
import { Doorway, inProcessFetch, type Fetch } from './transport/in-process-fetch.js';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Era } from './caller/connection.js';

/**
 * Puts an application with its MCP endpoint under test: builds it on a stand-in for Clerk, or takes
 * one that was built.
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

type Ending = () => Promise<unknown>;

async function start(options: McpTestOptions, started: Ending[]): Promise<McpTest> {
  if ('app' in options) return take(options.app, options.clerk, options, started);
  if ('module' in options) {
    const app = await createApp(options.module, options, started);
    return take(app, options.clerk, options, started);
  }
  const clerk = await clerkOf(options, started);
  const doorway = options.transport === 'http' ? await Doorway.open() : undefined;
  if (doorway) started.unshift(() => doorway.close());
  const builder = useClerkStandIn(builderOf(options), clerk, doorway && { origin: doorway.origin });
  const module = await (options.override?.(builder) ?? builder).compile();
  const app = await createApp(module, options, started);
  return take(app, clerk, options, started, doorway);
}

async function clerkOf({ clerk = {} }: BuildOptions, started: Ending[]): Promise<ClerkEmulator> {
  if ('issue' in clerk) return clerk;
  const standIn = await startClerkStandIn(clerk);
  started.unshift(() => standIn.close());
  return standIn;
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
  // Loaded on demand: an application on Express need not have it.
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter({ forceCloseConnections: true });
}

/** The test of an application that is built: it starts, unless it runs already. */
async function take(
  app: INestApplication,
  clerk: ClerkEmulator,
  { era = 'modern' }: Pick<McpTestOptions, 'era'>,
  started: Ending[],
  doorway?: Doorway,
): Promise<McpTest> {
  await app.init();
  await ready(app);
  const server: Server = app.getHttpServer();
  const clerkOptions = clerkOptionsOf(app);
  doorway?.leadTo(server);
  const origin = doorway?.origin ?? (server.listening ? await app.getUrl() : undefined);
  const ownOrigin = new URL(clerkOptions?.resource ?? 'https://mcp.test').origin;
  const endpoints = endpointsOf(app, origin ?? ownOrigin);
  registerOwnClient(clerk, clerkOptions);
  const catalogs = endpoints.map(({ catalog }) => catalog);
  defineScopes(clerk, clerkOptions, catalogs);
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

/** Fastify compiles its routes only when it is asked to. */
async function ready(app: INestApplication): Promise<void> {
  const instance: object = app.getHttpAdapter().getInstance();
  if ('ready' in instance && typeof instance.ready === 'function') await instance.ready();
}

/** The address is that of this machine, whatever was chosen. */
const overNetwork: Fetch = (input, init) => fetch(input, init);

/** What is for the application stays in this process; the stand-in listens on a port of its own. */
function inProcess(server: Server, origin: string): Fetch {
  const inside = inProcessFetch(server);
  return async (input, init, address) => {
    const url = new URL(input instanceof Request ? input.url : input);
    return url.origin === origin ? inside(input, init, address) : fetch(input, init);
  };
}

/** The OAuth application of the service itself exists at its Clerk instance, so here too. */
function registerOwnClient(clerk: ClerkEmulator, options: ResolvedClerkOptions | undefined): void {
  const own = options?.oauthClient;
  if (!own || clerk.oauthApplications.find(own.clientId)) return;
  const { clientId, clientSecret } = own;
  clerk.oauthApplications.create({
    name: 'The application under test',
    clientId,
    redirectUris: ['http://127.0.0.1/callback'],
    ...(clientSecret !== null && { clientSecret }),
  });
}

/** What `createMcpTest()` is given. */
export type McpTestOptions = CommonOptions &
  (
    | (ModuleMetadata & BuildOptions)
    | ({ readonly builder: TestingModuleBuilder } & BuildOptions)
    | ({ readonly module: TestingModule; readonly clerk: ClerkEmulator } & AppOptions)
    | { readonly app: INestApplication; readonly clerk: ClerkEmulator }
  );

interface CommonOptions {
  /** Era of callers that do not say another one. Default: `modern`. */
  readonly era?: Era;
}

export interface AppOptions {
  /** HTTP adapter of the application. Default: Fastify. */
  readonly adapter?: AbstractHttpAdapter;
  /** What `main.ts` does to the application before it listens: prefix, pipes, versioning. */
  readonly configure?: (app: INestApplication) => unknown;
  /** As `NestFactory.create()` has it, for webhooks on Express. Default: false. */
  readonly rawBody?: boolean;
  /** Default: Nest's logger for tests, which says errors only. `false`: silence. */
  readonly logger?: LoggerService | false;
}

export interface BuildOptions extends AppOptions {
  /** Overrides providers, guards, modules of the application, as in any test of Nest. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** How the stand-in behaves, or one that runs already, which the test then does not close. */
  readonly clerk?: ClerkEmulatorOptions | ClerkEmulator;
  /**
   * `in-process`: connections in memory, and the application keeps its own `baseURL`. `http`: a free
   * port of 127.0.0.1, which takes the place of the origin of `baseURL`. Default: `in-process`.
   */
  readonly transport?: 'in-process' | 'http';
}
