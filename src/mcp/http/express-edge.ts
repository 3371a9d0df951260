import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdapterEdge } from './adapter-edge.js';
import { edgeFailure } from './edge-failure.js';

/**
 * Express knows no error handler of a route: this one is at the paths of the endpoints, behind their
 * routes. And its parser lets pass what the one of Fastify refuses.
 */
export const expressEdge: AdapterEdge = {
  beforeRoutes(app: ExpressLike, routes) {
    app.use(routes, (request: ExpressRequest, _response: ServerResponse, next: Next) =>
      next(isEmpty(request) || isPoisoned(request.body) ? NO_JSON : undefined),
    );
  },

  afterRoutes(app: ExpressLike, routes, report) {
    app.use(
      routes,
      // Express tells an error handler by its four parameters.
      (error: unknown, request: ExpressRequest, response: ServerResponse, next: Next) => {
        // The rest of the path, below the one of the endpoint.
        if (response.headersSent || request.path !== '/') return next(error);
        const { status, body } = edgeFailure(statusOf(error));
        if (status >= 500) report(error);
        response.statusCode = status;
        response.setHeader('content-type', 'application/json; charset=utf-8');
        response.end(JSON.stringify(body));
      },
    );
  },
};

const NO_JSON = { status: 400 };

/** The part of an Express application that is used here. */
interface ExpressLike {
  use(paths: readonly string[], handler: (...parameters: never[]) => void): unknown;
}

type ExpressRequest = IncomingMessage & { readonly path: string; readonly body?: unknown };
type Next = (error?: unknown) => void;

function statusOf(error: unknown): number {
  const status: unknown = isObject(error) ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' ? status : 500;
}

/** The parser makes an empty object of an empty body. */
function isEmpty({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' && headers['content-length'] === '0';
}

/** Whether a member would change what an object inherits once somebody copies it to another. */
function isPoisoned(body: unknown): boolean {
  const left: unknown[] = [body];
  while (left.length > 0) {
    const value = left.pop();
    if (!isObject(value)) continue;
    if (Object.hasOwn(value, '__proto__')) return true;
    if (Object.hasOwn(value, 'constructor')) {
      const { constructor } = value;
      if (isObject(constructor) && Object.hasOwn(constructor, 'prototype')) return true;
    }
    for (const member of Object.values(value)) left.push(member);
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
