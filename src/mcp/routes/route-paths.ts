import { Injectable, RequestMethod, VERSION_NEUTRAL } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import {
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  RoutePathFactory,
  VERSION_METADATA,
  type RoutePathMetadata,
} from '../nest-internals.js';

/** Where Nest routes requests to handlers. Complete once the application has its configuration. */
@Injectable()
export class RoutePaths {
  constructor(
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  /** Full paths, with the global prefix, the path of `RouterModule` and the versions, if any. */
  resolve(module: object, place: RoutePathMetadata, method: RequestMethod): readonly string[] {
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

  /** Every combination of the paths of a controller and those of a handler. */
  placesOf(controller: object, handler: object): readonly RoutePathMetadata[] {
    const paths = (holder: object): string[] =>
      [Reflect.getMetadata(PATH_METADATA, holder) ?? ''].flat();
    const versions = {
      controllerVersion:
        Reflect.getMetadata(VERSION_METADATA, controller) ??
        this.config.getVersioning()?.defaultVersion,
      methodVersion: Reflect.getMetadata(VERSION_METADATA, handler),
    };
    return paths(controller).flatMap((ctrlPath) =>
      paths(handler).map((methodPath) => ({
        ctrlPath: leadingSlash(ctrlPath),
        methodPath: leadingSlash(methodPath),
        ...versions,
      })),
    );
  }

  /** The first version of a place; `undefined` without versions, and for a neutral one. */
  versionOf({ methodVersion, controllerVersion }: RoutePathMetadata): string | undefined {
    if (!this.config.getVersioning()) return undefined;
    const [version] = [methodVersion ?? controllerVersion].flat();
    return version === undefined || version === VERSION_NEUTRAL ? undefined : String(version);
  }

  private modulePathOf(module: object): string | undefined {
    const { applicationId } = this.modules;
    return (
      Reflect.getMetadata(MODULE_PATH + applicationId, module) ??
      Reflect.getMetadata(MODULE_PATH, module)
    );
  }
}

/** The HTTP method of a handler; `undefined` for a method that is no route. */
export function routeMethodOf(handler: object): RequestMethod | undefined {
  return Reflect.getMetadata(METHOD_METADATA, handler);
}

function leadingSlash(prefix: string): string {
  return prefix === '' || prefix.startsWith('/') ? prefix : `/${prefix}`;
}
