import { Inject, Injectable, RequestMethod, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import {
  HOST_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
  type RoutePathMetadata,
  RoutePathFactory,
} from '../nest-internals.js';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { McpConfigurationError, DuplicateEndpointError } from '../mcp.errors.js';
import { MCP_MODULE, MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';

/** Where Nest routes requests to the endpoint. */
@Injectable()
export class EndpointRoutes {
  constructor(
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
    private readonly scanner: MetadataScanner,
    @Inject(MCP_PATH) private readonly path: string,
    @Inject(MCP_MODULE) private readonly module: object,
  ) {}

  /** Whole paths: with the global prefix and the path that `RouterModule` gives, where there are any. */
  paths(): readonly string[] {
    const place = { ctrlPath: `/${this.path}`, controllerVersion: VERSION_NEUTRAL } as const;
    return this.resolve(this.module, place, RequestMethod.POST);
  }

  /**
   * Fastify refuses a second route in words of its own, and on Express the first one wins.
   *
   * @throws {McpConfigurationError} a route of the application is where the endpoint is
   */
  assertFree(): void {
    const own = new Set(this.paths());
    for (const { metatype, controllers } of this.modules.values()) {
      if (metatype === this.module) continue;
      for (const { metatype: controller } of controllers.values()) {
        if (typeof controller === 'function') this.assertApart(metatype, controller, own);
      }
    }
  }

  private assertApart(module: object, controller: Function, own: ReadonlySet<string>): void {
    const type = this.config.getVersioning()?.type;
    // Elsewhere than in the path, versions and hosts keep routes apart that look the same.
    if (type !== undefined && type !== VersioningType.URI) return;
    if (Reflect.getMetadata(HOST_METADATA, controller) !== undefined) return;
    for (const name of this.scanner.getAllMethodNames(controller.prototype)) {
      const handler: object = Reflect.get(controller.prototype, name);
      const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
      const verb = OWN_METHODS.find((one) => one === method);
      if (verb === undefined) continue;
      for (const place of placesOf(controller, handler)) {
        const clash = this.resolve(module, place, verb).find((path) => own.has(path));
        if (clash === undefined) continue;
        throw new McpConfigurationError(
          `${controller.name}.${name} is a route at ${clash}, where the endpoint is. Give one of them another path: McpModule.forRoot({ path: 'tools/mcp', … }).`,
        );
      }
    }
  }

  private resolve(
    module: object,
    place: RoutePathMetadata,
    method: RequestMethod,
  ): readonly string[] {
    const modulePath = this.modulePathOf(module);
    const versioningOptions = this.config.getVersioning();
    return new RoutePathFactory(this.config).create(
      {
        ...place,
        globalPrefix: leadingSlash(this.config.getGlobalPrefix()),
        ...(modulePath !== undefined && { modulePath }),
        ...(versioningOptions && { versioningOptions }),
      },
      method,
    );
  }

  private modulePathOf(module: object): string | undefined {
    const { applicationId } = this.modules;
    return (
      Reflect.getMetadata(MODULE_PATH + applicationId, module) ??
      Reflect.getMetadata(MODULE_PATH, module)
    );
  }
}

const OWN_METHODS = [
  RequestMethod.ALL,
  RequestMethod.GET,
  RequestMethod.POST,
  RequestMethod.PUT,
  RequestMethod.PATCH,
  RequestMethod.DELETE,
];

/** Every combination of the paths of a controller and those of a handler. */
function placesOf(controller: object, handler: object): readonly RoutePathMetadata[] {
  const paths = (holder: object): string[] =>
    [Reflect.getMetadata(PATH_METADATA, holder) ?? ''].flat();
  const versions = {
    controllerVersion: Reflect.getMetadata(VERSION_METADATA, controller),
    methodVersion: Reflect.getMetadata(VERSION_METADATA, handler),
  };
  return paths(controller).flatMap((ctrlPath) =>
    paths(handler).map((methodPath) => ({ ctrlPath, methodPath, ...versions })),
  );
}

function leadingSlash(prefix: string): string {
  return prefix === '' || prefix.startsWith('/') ? prefix : `/${prefix}`;
}

/** The paths of all MCP servers of the application. */
@Injectable()
export class EndpointPaths {
  constructor(private readonly modules: ModulesContainer) {}

  /** @throws {DuplicateEndpointError} two servers are at one path */
  assertDistinct(): void {
    const names = new Map<string, string>();
    for (const module of this.modules.values()) {
      const path = module.getProviderByKey<string>(MCP_PATH)?.instance;
      const options = module.getProviderByKey<ResolvedMcpOptions>(RESOLVED_MCP_OPTIONS)?.instance;
      if (path === undefined || !options) continue;
      const { name } = options.serverInfo;
      const earlier = names.get(path);
      if (earlier !== undefined) throw new DuplicateEndpointError(path, earlier, name);
      names.set(path, name);
    }
  }
}
