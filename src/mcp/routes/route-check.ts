import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { inProcessCallOf } from '../../access/in-process-call.js';
import { McpHandlerHost } from '../authoring/mark-handler.js';

/**
 * Keeps the call of a tool on the route of the tool. The value of a parameter may make the path that of
 * another route: `/notes/:id` with the id `export` is `/notes/export`, which is no tool.
 */
@Injectable()
export class RouteCheck {
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly modules: ModulesContainer,
  ) {
    // Before any route is registered. A testing module creates its providers before the adapter.
    adapters.init$.subscribe(() => this.install());
  }

  private install(): void {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = this.adapters.httpAdapter;
    const install = INSTALLERS[adapter?.getType() ?? ''];
    if (!install || !this.hasTools()) return;
    const instance: object = adapter.getInstance();
    if (CHECKED.has(instance)) return;
    CHECKED.add(instance);
    install(instance as never); // The adapter of this type has such an instance.
  }

  private hasTools(): boolean {
    return [...this.modules.values()].some(({ controllers }) =>
      [...controllers.values()].some(
        ({ metatype }) => metatype && Reflect.hasMetadata(McpHandlerHost.KEY, metatype),
      ),
    );
  }
}

/** Applications on which the check is installed: each server of an application has a `RouteCheck`. */
const CHECKED = new WeakSet<object>();

const INSTALLERS: Readonly<Record<string, (instance: never) => void>> = {
  fastify: (instance: FastifyInstance) => {
    instance.addHook('onRequest', (request, reply, done) => {
      const call = inProcessCallOf(request.raw);
      if (!call || request.routeOptions.url === call.route.path) return done();
      return reply.code(404).send({ statusCode: 404, error: 'Not Found', message: 'Not Found' });
    });
  },

  express: (app: ExpressLike) => {
    for (const method of METHODS) {
      const register = app[method].bind(app);
      app[method] = (path, ...handlers) => {
        // `app.get()` with one argument reads a setting.
        if (handlers.length === 0) return register(path);
        const check: ExpressHandler = (request, _response, next) => {
          const route = inProcessCallOf(request)?.route;
          const isOther = route && (route.path !== path || route.method.toLowerCase() !== method);
          next(isOther ? 'route' : undefined);
        };
        return register(path, check, ...handlers);
      };
    }
  },
};

/** Methods of an Express application whose routes a call may reach. */
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'all'] as const;

type ExpressLike = Record<
  (typeof METHODS)[number],
  (path: unknown, ...handlers: unknown[]) => unknown
>;

type ExpressHandler = (
  request: object,
  response: ServerResponse,
  next: (skip?: 'route') => void,
) => void;
