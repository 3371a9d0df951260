import { FrameworkRoutes } from '../request/own-routes.js';
import { trimSlashes } from '../request/trim-slashes.js';
import { InMemoryServerEventBus, type ServerEventBus } from '@modelcontextprotocol/server';
import {
  ConfigurableModuleBuilder,
  Module,
  type DynamicModule,
  type NestModule,
  type Provider,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { RevocationRegistry } from '../access/revocation-registry.js';
import { AuditRecordingModule } from '../audit/audit.module.js';
import type { Backplane } from '../backplane/backplane.js';
import { BACKPLANE, BackplaneModule } from '../backplane/backplane.module.js';
import { DrainModule } from '../drain/service-drain.js';
import { InstrumentationModule } from '../instrumentation/instrumentation.module.js';
import { McpAudit } from './audit/mcp-audit.js';
import { CatalogSummary } from './catalog/catalog-summary.js';
import { ScopeCheck } from './catalog/scope-check.js';
import { DefinitionWriter } from './catalog/definition-writer.js';
import { HandlerDiscovery, ServerModules } from './catalog/handler-discovery.js';
import { McpCatalog } from './catalog/mcp-catalog.js';
import { RouteCompiler } from './catalog/route-compiler.js';
import { SchemaReader } from './catalog/schema-reader.js';
import { checkExtras, checkFeature, checkOptions } from './check-options.js';
import { FastPath } from './fast-path/fast-path.js';
import { EndpointPaths, EndpointRoutes } from './http/endpoint-routes.js';
import { HttpEdge } from './http/http-edge.js';
import { McpEndpointFilter } from './http/mcp-endpoint.filter.js';
import { McpEndpoint } from './http/mcp-endpoint.js';
import { createMcpController } from './http/mcp.controller.js';
import { ServerCardRoutes } from './http/server-card-routes.js';
import { RequestBodies } from './http/request-bodies.js';
import { ReachableEntries } from './http/reachable-entries.js';
import { PlannedRoute } from './http/route-plan.js';
import { HandlerBinder } from './invocation/handler-binder.js';
import { HandlerPipelineFactory } from './invocation/handler-pipeline.js';
import { McpRefusals } from './invocation/refusals.js';
import { McpFeatureModule, type McpFeature } from './mcp-feature.module.js';
import {
  resolveMcpOptions,
  type McpModuleExtras,
  type McpModuleOptions,
  type ResolvedMcpOptions,
} from './mcp-options.js';
import {
  CONTAINED_EVENT_BUS,
  EVENT_HISTORY,
  MCP_CONTROLLER,
  MCP_EVENT_BUS,
  MCP_FEATURE,
  MCP_GUARDS,
  MCP_INCLUDE,
  MCP_MODULE,
  MCP_PATH,
  RESOLVED_MCP_OPTIONS,
} from './mcp.tokens.js';
import { MemoryBudget, MemoryModule } from './protocol/memory-budget.js';
import { RouteCheck } from './routes/route-check.js';
import { RouteDispatcher } from './routes/route-dispatcher.js';
import { RoutePaths } from './routes/route-paths.js';
import { BackplaneEventBus } from './server/backplane-event-bus.js';
import { BackplaneEventStores } from './server/backplane-event-stores.js';
import { ContainedEventBus } from './server/contained-event-bus.js';
import { InProcessEventStores, McpEventStores } from './server/event-stores.js';
import { BEAT_MS, Heartbeat } from './server/heartbeat.js';
import { McpNotifier } from './server/mcp-notifier.js';
import { McpPeers } from './server/mcp-peers.js';
import { SdkPath } from './server/sdk-path.js';
import { ServerGauges } from './server/server-gauges.js';
import { McpStdio } from './stdio/mcp-stdio.js';
import { MCP_TASK_CLOCK, MCP_TASK_TIMES, McpTasks } from './tasks/mcp-tasks.js';
import { SharedTaskStore } from './tasks/shared-task-store.js';
import { McpTelemetry } from './telemetry/mcp-telemetry.js';
import { TASK_TIMES } from './tasks/dead-nodes.js';
import { InProcessTaskStore, McpTaskStore } from './tasks/task-store.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<McpModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras<McpModuleExtras>(
      { path: 'mcp', guards: undefined, include: undefined, isGlobal: false },
      withExtras,
    )
    .build();

/** The options, and what `forRoot()` overrides. */
const OPTIONS: Provider[] = [
  {
    provide: RESOLVED_MCP_OPTIONS,
    useFactory: (options?: McpModuleOptions): ResolvedMcpOptions =>
      resolveMcpOptions(checkOptions(options)),
    // Missing if `McpModule` is imported without `forRoot()`: `checkOptions` then explains it.
    inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }],
  },
  { provide: MCP_GUARDS, useValue: null },
  { provide: MCP_INCLUDE, useValue: null },
  { provide: MCP_PATH, useValue: 'mcp' },
  { provide: MCP_CONTROLLER, useValue: null },
  { provide: MCP_MODULE, useFactory: () => McpModule },
];

/** Finds and compiles the entries. */
const CATALOG: Provider[] = [
  ServerModules,
  HandlerDiscovery,
  HandlerBinder,
  HandlerPipelineFactory,
  SchemaReader,
  RoutePaths,
  RouteDispatcher,
  RouteCheck,
  RouteCompiler,
  McpCatalog,
  DefinitionWriter,
  CatalogSummary,
  ScopeCheck,
];

/** Serves them, whatever the transport. */
const SERVER: Provider[] = [
  McpAudit,
  RevocationRegistry,
  McpRefusals,
  McpTasks,
  McpNotifier,
  McpPeers,
  { provide: Heartbeat, useFactory: () => new Heartbeat(BEAT_MS) },
  McpTelemetry,
  SdkPath,
  ServerGauges,
  FastPath,
];

/** What an application may replace, and the time limits around it. */
const REPLACEABLE: Provider[] = [
  {
    provide: MCP_EVENT_BUS,
    useFactory: (backplane: Backplane, path: string): ServerEventBus =>
      backplane.isShared ? new BackplaneEventBus(backplane, path) : new InMemoryServerEventBus(),
    inject: [BACKPLANE, MCP_PATH],
  },
  {
    provide: EVENT_HISTORY,
    useFactory: (bus: ServerEventBus) => (bus instanceof BackplaneEventBus ? bus : null),
    inject: [MCP_EVENT_BUS],
  },
  {
    provide: CONTAINED_EVENT_BUS,
    useFactory: (bus: ServerEventBus, { seamTimeoutMs }: ResolvedMcpOptions) =>
      new ContainedEventBus(bus, seamTimeoutMs),
    inject: [MCP_EVENT_BUS, RESOLVED_MCP_OPTIONS],
  },
  {
    provide: McpEventStores,
    useFactory: (backplane: Backplane, options: ResolvedMcpOptions, memory: MemoryBudget) =>
      backplane.isShared
        ? new BackplaneEventStores(backplane.logs, options.limits)
        : new InProcessEventStores(options, memory),
    inject: [BACKPLANE, RESOLVED_MCP_OPTIONS, MemoryBudget],
  },
  {
    provide: McpTaskStore,
    useFactory: (
      { tasks }: ResolvedMcpOptions,
      backplane: Backplane,
      path: string,
      now: () => number,
    ) =>
      backplane.isShared
        ? new SharedTaskStore(backplane, tasks, path, now)
        : new InProcessTaskStore(tasks),
    inject: [RESOLVED_MCP_OPTIONS, BACKPLANE, MCP_PATH, MCP_TASK_CLOCK],
  },
  {
    provide: MCP_TASK_CLOCK,
    useFactory: (backplane: Backplane) => () => backplane.now(),
    inject: [BACKPLANE],
  },
  { provide: MCP_TASK_TIMES, useValue: TASK_TIMES },
];

/** The endpoint over HTTP. */
const HTTP: Provider[] = [
  McpEndpoint,
  EndpointPaths,
  EndpointRoutes,
  ServerCardRoutes,
  { provide: FrameworkRoutes, useExisting: ServerCardRoutes },
  ReachableEntries,
  McpEndpointFilter,
  PlannedRoute,
  RequestBodies,
  HttpEdge,
];

/**
 * An MCP server for the providers of the application: each method with `@McpTool()` is a tool,
 * whichever module provides its class.
 *
 * @example
 * ```ts
 * McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard] })
 * ```
 */
@Module({
  imports: [
    DiscoveryModule,
    AccessModule,
    AuditRecordingModule,
    BackplaneModule,
    DrainModule,
    InstrumentationModule,
    MemoryModule,
  ],
  providers: [...OPTIONS, ...CATALOG, ...SERVER, ...REPLACEABLE, ...HTTP, McpStdio],
  exports: [McpCatalog, McpNotifier, McpPeers, McpStdio, McpTasks],
})
export class McpModule extends ConfigurableModuleClass implements NestModule {
  constructor(
    private readonly paths: EndpointPaths,
    private readonly routes: EndpointRoutes,
    private readonly edge: HttpEdge,
    private readonly cards: ServerCardRoutes,
  ) {
    super();
  }

  /**
   * Assigns the providers of the importing module to one server, in an application with several.
   * Without it, and without `include` in `forRoot()`, every server has them.
   *
   * @example
   * ```ts
   * @Module({ imports: [McpModule.forFeature({ path: 'admin' })], providers: [AdminTools] })
   * export class AdminModule {}
   * ```
   */
  static forFeature(options: Partial<McpFeature> = {}): DynamicModule {
    checkFeature(options);
    const { path = 'mcp' } = options;
    const feature: McpFeature = { path: trimSlashes(path) };
    return {
      module: McpFeatureModule,
      providers: [{ provide: MCP_FEATURE, useValue: feature }],
    };
  }

  /** Runs before the routes are registered, so that errors can name both servers. */
  configure(): void {
    this.paths.assertDistinct();
    this.routes.assertFree();
    this.edge.beforeRoutes();
    this.cards.mount();
  }
}

function withExtras(definition: DynamicModule, extras: McpModuleExtras): DynamicModule {
  checkExtras(definition, extras);
  const path = trimSlashes(extras.path ?? 'mcp');
  const controller = createMcpController(path);
  return {
    ...definition,
    global: extras.isGlobal ?? false,
    controllers: [controller],
    providers: [
      ...(definition.providers ?? []),
      { provide: MCP_GUARDS, useValue: extras.guards ?? null },
      { provide: MCP_INCLUDE, useValue: extras.include ?? null },
      { provide: MCP_PATH, useValue: path },
      { provide: MCP_CONTROLLER, useValue: controller },
    ],
  };
}
