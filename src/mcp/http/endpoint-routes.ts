import { Inject, Injectable, RequestMethod, VERSION_NEUTRAL } from '@nestjs/common';
import { MODULE_PATH } from '@nestjs/common/internal';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import { MCP_MODULE, MCP_PATH } from '../mcp.tokens.js';

/** Where Nest routes requests to the endpoint. */
@Injectable()
export class EndpointRoutes {
  constructor(
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
    @Inject(MCP_PATH) private readonly path: string,
    @Inject(MCP_MODULE) private readonly module: object,
  ) {}

  /** Whole paths: with the global prefix and the path that `RouterModule` gives, where there are any. */
  paths(): readonly string[] {
    const modulePath = this.modulePath();
    const versioningOptions = this.config.getVersioning();
    return new RoutePathFactory(this.config).create(
      {
        ctrlPath: `/${this.path}`,
        globalPrefix: leadingSlash(this.config.getGlobalPrefix()),
        controllerVersion: VERSION_NEUTRAL,
        ...(modulePath !== undefined && { modulePath }),
        ...(versioningOptions && { versioningOptions }),
      },
      RequestMethod.POST,
    );
  }

  private modulePath(): string | undefined {
    const { applicationId } = this.modules;
    return (
      Reflect.getMetadata(MODULE_PATH + applicationId, this.module) ??
      Reflect.getMetadata(MODULE_PATH, this.module)
    );
  }
}

function leadingSlash(prefix: string): string {
  return prefix === '' || prefix.startsWith('/') ? prefix : `/${prefix}`;
}
