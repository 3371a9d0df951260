import { Inject, Injectable, RequestMethod, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { FrameworkRoutes, ownRoutesOf, type RoutesDescription } from '../../request/own-routes.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { McpConfigurationError, DuplicateEndpointError } from '../mcp.errors.js';
import { MCP_MODULE, MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { HOST_METADATA } from '../nest-internals.js';
import { routeMethodOf, RoutePaths } from '../routes/route-paths.js';

/** Where Nest routes requests to the endpoint. */
@Injectable()
export class EndpointRoutes {
  constructor(
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
    private readonly scanner: MetadataScanner,
    private readonly routePaths: RoutePaths,
    @Inject(MCP_PATH) private readonly path: string,
    @Inject(MCP_MODULE) private readonly module: object,
  ) {}

  /** Full paths, with the global prefix and the path of `RouterModule`, if any. */
  paths(): readonly string[] {
    const place = { ctrlPath: `/${this.path}`, controllerVersion: VERSION_NEUTRAL } as const;
    return this.routePaths.resolve(this.module, place, RequestMethod.POST);
  }

  /**
   * Fastify refuses a second route with an error that does not name it; on Express the first one
   * wins. Checks the endpoint, and every other route of this package.
   *
   * @throws {McpConfigurationError} a route of the application has the path of one of them
   */
  assertFree(): void {
    const routes = [...this.modules.values()].flatMap(({ metatype, controllers }) =>
      [...controllers.values()].flatMap(({ metatype: controller }) =>
        typeof controller === 'function' ? this.routesOf(metatype, controller) : [],
      ),
    );
    const own: readonly OwnRoute[] = [
      ...routes.flatMap(({ controller, verb, path }) => {
        const description = ownRoutesOf(controller);
        return description ? [{ verb, path, description }] : [];
      }),
      ...this.frameworkRoutes(),
    ];
    for (const { controller, source, verb, path } of routes) {
      if (ownRoutesOf(controller) || this.isSeparated(controller)) continue;
      const clash = own.find((one) => one.path === path && overlap(one.verb, verb));
      if (!clash) continue;
      const { name, cure } = clash.description;
      throw new McpConfigurationError(`${source} is a route at ${path}, where ${name} is. ${cure}`);
    }
  }

  /** Versions outside the path and hosts separate routes with the same path. */
  private isSeparated(controller: Function): boolean {
    const type = this.config.getVersioning()?.type;
    if (type !== undefined && type !== VersioningType.URI) return true;
    return Reflect.getMetadata(HOST_METADATA, controller) !== undefined;
  }

  private frameworkRoutes(): readonly OwnRoute[] {
    return [...this.modules.values()]
      .flatMap(
        (module) => module.getProviderByKey<FrameworkRoutes>(FrameworkRoutes)?.instance ?? [],
      )
      .flatMap((routes) =>
        routes.paths().map((path) => ({
          path,
          verb: RequestMethod.GET,
          description: routes.description,
        })),
      );
  }

  private routesOf(
    module: object,
    controller: Function,
  ): readonly (Route & { readonly controller: Function; readonly source: string })[] {
    return this.scanner.getAllMethodNames(controller.prototype).flatMap((name) => {
      const handler: object = Reflect.get(controller.prototype, name);
      const method = routeMethodOf(handler);
      const verb = CHECKED_METHODS.find((one) => one === method);
      if (verb === undefined) return [];
      const source = `${controller.name}.${name}`;
      return this.routePaths
        .placesOf(controller, handler)
        .flatMap((place) => this.routePaths.resolve(module, place, verb))
        .map((path) => ({ controller, source, verb, path: path.replace(/(?<=.)\/$/, '') }));
    });
  }
}

/** A route with its full path. */
interface Route {
  readonly verb: RequestMethod;
  readonly path: string;
}

interface OwnRoute extends Route {
  readonly description: RoutesDescription;
}

function overlap(one: RequestMethod, other: RequestMethod): boolean {
  return one === other || one === RequestMethod.ALL || other === RequestMethod.ALL;
}

const CHECKED_METHODS = [
  RequestMethod.ALL,
  RequestMethod.GET,
  RequestMethod.POST,
  RequestMethod.PUT,
  RequestMethod.PATCH,
  RequestMethod.DELETE,
];

/** The paths of all MCP servers of the application. */
@Injectable()
export class EndpointPaths {
  constructor(private readonly modules: ModulesContainer) {}

  /** @throws {DuplicateEndpointError} two servers have the same path */
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
