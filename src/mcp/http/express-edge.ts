import type { IncomingMessage, ServerResponse } from 'node:http';
import { ExpressPages, pathMatcher } from '../../request/cross-origin-routes.js';
import type { AdapterEdge } from './adapter-edge.js';
import { edgeFailure, isInternal, type EdgeFailure } from './edge-failure.js';
import { afterBody, BodyRefusedError } from './http-errors.js';

/**
 * Express has no error handler per route: this one is registered for the paths of the endpoints,
 * after their routes. It also refuses bodies that the parser of Fastify refuses and that of Express
 * accepts.
 */
export const expressEdge: AdapterEdge = {
  start(app: ExpressLike, endpoint) {
    app.use(new ExpressPages(endpoint.paths, endpoint.pages).middleware);
    const isFor = pathMatcher(endpoint.paths);
    app.use((request: ExpressRequest, _response: ServerResponse, next: Next) => {
      const isRefused = request.method === 'POST' && isFor(request) && !isPlainText(request);
      next(isRefused ? new BodyRefusedError(415, NOT_PLAIN) : undefined);
    });
  },

  beforeRoutes(app: ExpressLike, routes) {
    app.use(routes, (request: ExpressRequest, response: ServerResponse, next: Next) => {
      if (request.method === 'OPTIONS' && request.path === '/') {
        return void response.writeHead(204).end();
      }
      return next(isEmpty(request) || isPoisoned(request.body) ? NO_JSON : undefined);
    });
  },

  afterRoutes(app: ExpressLike, routes, endpoint) {
    const { server, bodies, report, paths, pages } = endpoint;
    const isFor = pathMatcher(paths);
    // An adapter may come with middleware that runs before the handlers that are registered here.
    server.prependListener('request', new ExpressPages(paths, pages).open);
    server.prependListener('request', (request, response) => {
      if (request.method !== 'POST' || !isFor(request)) return;
      // Middleware may run before the parser: only `resume` tells when the body starts to flow.
      request.once('resume', () =>
        bodies.watch(request, response, request, (error) => {
          if (response.headersSent) return;
          send(response, edgeFailure(error, error.statusCode));
          response.once('finish', () => request.destroy());
        }),
      );
    });
    app.use(
      routes,
      // Express recognizes an error handler by its four parameters.
      (error: unknown, request: ExpressRequest, response: ServerResponse, next: Next) => {
        // `path` is what follows the path of the endpoint.
        if (response.headersSent || request.path !== '/') return next(error);
        const failure = edgeFailure(error, statusOf(error));
        if (isInternal(error, failure)) report(error);
        return afterBody(request, error, () => {
          if (!response.headersSent) send(response, failure);
        });
      },
    );
  },
};

function send(response: ServerResponse, { status, headers, body }: EdgeFailure): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

const NO_JSON = { status: 400 };

/** The part of an Express application that is used here. */
interface ExpressLike {
  use(handler: (...parameters: never[]) => void): unknown;
  use(paths: readonly string[], handler: (...parameters: never[]) => void): unknown;
}

type ExpressRequest = IncomingMessage & { readonly path: string; readonly body?: unknown };
type Next = (error?: unknown) => void;

function statusOf(error: unknown): number {
  const status: unknown = isObject(error) ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' ? status : 500;
}

/** Whether the limits can be checked on the raw bytes: no compression, no charset to decode. */
function isPlainText({ headers }: IncomingMessage): boolean {
  const encoding = headers['content-encoding'] ?? 'identity';
  const charset = /charset=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  return encoding === 'identity' && /^(utf-?8|us-ascii)$/i.test(charset);
}

const NOT_PLAIN = 'Unsupported Media Type: send JSON as UTF-8 and without a Content-Encoding';

/** Express parses an empty body as an empty object. */
function isEmpty({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' && headers['content-length'] === '0';
}

/** Whether copying a member to another object would change the prototype of that object. */
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
