import type { Server } from 'node:http';
import type { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, RouteHandlerMethod, RouteOptions } from 'fastify';
import type { CrossOriginPolicy } from './cross-origin.js';
import {
  ExpressPages,
  openFastifyRoute,
  optionsRouteOf,
  slashedRouteOf,
} from './cross-origin-routes.js';
import { trimSlashes } from './trim-slashes.js';

/** Answers a request of the HTTP framework, as the framework gives it. */
export type OpenHandler = (request: object, response: object) => void | Promise<void>;

/**
 * `GET` routes of the HTTP framework that every page may read. They are no routes of Nest: a global prefix,
 * versions, guards, interceptors, filters and CORS settings of the application do not affect them.
 */
export class OpenRoutes {
  private readonly pages: ExpressPages;

  /** @param paths full paths of all routes, asked for once the global prefix is known */
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    paths: () => readonly string[],
  ) {
    this.pages = new ExpressPages(paths, EVERY_PAGE);
    adapterHost.init$.subscribe(() => {
      // Before the application registers its middleware.
      if (this.adapter === 'express') adapterHost.httpAdapter.use(this.pages.middleware);
    });
  }

  /** `undefined` where the server uses stdio only. */
  get adapter(): string | undefined {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = this.adapterHost.httpAdapter;
    return adapter?.getType();
  }

  /** Registers the routes, by full path. Must run before Nest registers its routes. */
  mount(routes: Iterable<readonly [path: string, handler: OpenHandler]>): void {
    if (this.adapter === 'express') {
      const server: Server = this.adapterHost.httpAdapter.getHttpServer();
      server.prependListener('request', this.pages.open);
    }
    for (const [path, handler] of routes) this.register(path, handler);
  }

  private register(path: string, handler: OpenHandler): void {
    const { httpAdapter } = this.adapterHost;
    if (this.adapter === 'fastify')
      return registerOnFastify(httpAdapter.getInstance(), path, handler);
    httpAdapter.get(path, handler);
    httpAdapter.options(path, (_request: object, response: object) =>
      httpAdapter.reply(response, undefined, 204),
    );
  }
}

/** The path of a document, also below the global prefix, for a proxy that forwards only this prefix. */
export function withPrefixed(path: string, config: ApplicationConfig): readonly string[] {
  const prefix = trimSlashes(config.getGlobalPrefix());
  return prefix === '' ? [path] : [path, `/${prefix}${path}`];
}

/** On Fastify the CORS settings of an application are hooks: those of a route correct them. */
function registerOnFastify(instance: FastifyInstance, url: string, handler: OpenHandler): void {
  const route = { method: 'GET', url, handler: handler as RouteHandlerMethod } as const;
  const opened: RouteOptions = { ...route };
  const preflights = optionsRouteOf(route, EVERY_PAGE);
  openFastifyRoute(opened, EVERY_PAGE);
  for (const one of [opened, preflights]) {
    const slashed = slashedRouteOf(instance, one);
    instance.route(one);
    if (slashed) instance.route(slashed);
  }
}

const EVERY_PAGE: CrossOriginPolicy = {
  isPublic: true,
  methods: 'GET, HEAD',
  refuse: () => undefined,
};
