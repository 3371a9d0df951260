import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  onSendHookHandler,
  RouteOptions,
} from 'fastify';
import {
  answerOptions,
  openToPages,
  type CrossOriginPolicy,
  type OptionsAnswer,
} from './cross-origin.js';

/** Opens a route of Fastify to pages of other origins, before it is registered. */
export function openFastifyRoute(route: RouteOptions, policy: CrossOriginPolicy): void {
  const open: onRequestHookHandler = (request, reply, done) => {
    openToPages(request.raw, reply.raw, policy);
    done();
  };
  // A hook of the application may have answered before those of the route.
  const openLate: onSendHookHandler = (request, reply, payload, done) => {
    openToPages(request.raw, reply.raw, policy);
    done(null, payload);
  };
  route.onRequest = [open, route.onRequest ?? []].flat();
  route.onSend = [route.onSend ?? [], openLate].flat();
}

/** The route that answers `OPTIONS` for another one. */
export function optionsRouteOf(route: RouteOptions, policy: CrossOriginPolicy): RouteOptions {
  const answer = (request: FastifyRequest, reply: FastifyReply): void => {
    const { status, body } = answerOptions(request.raw, policy);
    void reply.code(status).send(body);
  };
  const own: onSendHookHandler = (request, reply, payload, done) => {
    openToPages(request.raw, reply.raw, policy);
    if (KEPT.has(reply.statusCode)) return done(null, payload);
    // CORS of the application may have answered already.
    const { status, body } = answerOptions(request.raw, policy);
    reply.code(status).removeHeader('content-length');
    if (body) reply.type('application/json; charset=utf-8');
    done(null, body ? JSON.stringify(body) : '');
  };
  return {
    method: 'OPTIONS',
    url: route.url,
    ...(route.constraints && { constraints: route.constraints }),
    config: { ...route.config, [DERIVED]: true },
    onRequest: (request, reply) => answer(request, reply),
    onSend: own,
    handler: answer,
  };
}

/** Whether a route was made from another one by this file. */
export function isDerived({ config }: RouteOptions): boolean {
  return typeof config === 'object' && config !== null && Reflect.has(config, DERIVED);
}

/**
 * The same route at its path with a slash at the end, as Express has it. `undefined` where the path has
 * one, and where Fastify is told to ignore it.
 */
export function slashedRouteOf(
  instance: FastifyInstance,
  route: RouteOptions,
): RouteOptions | undefined {
  if (ignoresTrailingSlash(instance) || route.url.endsWith('/')) return undefined;
  const url = `${route.url}/`;
  return { ...route, url, path: url, config: { ...route.config, [DERIVED]: true } } as RouteOptions;
}

/** Whether Fastify was told that a path and the same with a slash at its end are one. */
export function ignoresTrailingSlash({ initialConfig }: FastifyInstance): boolean {
  const options: object = { ...initialConfig, ...initialConfig.routerOptions };
  return Reflect.get(options, 'ignoreTrailingSlash') === true;
}

const DERIVED = 'nestjs-clerk-mcp:derived';

/** Opens the routes at some paths of an Express application to pages of other origins. */
export class ExpressPages {
  private readonly includes: (request: IncomingMessage) => boolean;

  constructor(
    paths: () => readonly string[],
    private readonly policy: CrossOriginPolicy,
  ) {
    this.includes = pathMatcher(paths);
  }

  /**
   * Prepares the answer to a request, before any middleware of the application: a listener of the server.
   * Where the application is part of another server, {@link middleware} does it.
   */
  readonly open = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { method, headers } = request;
    const isOptions = method === 'OPTIONS';
    if ((headers.origin === undefined && !isOptions) || !this.includes(request)) return false;
    const { policy } = this;
    const { status, body } = answerOptions(request, policy);
    openToPages(request, response, policy, (given) => {
      if (!isOptions || KEPT.has(given)) return given;
      // CORS of the application may have answered in another way.
      if (!body) for (const name of CONTENT_HEADERS) response.removeHeader(name);
      return status;
    });
    // Some applications answer 500 to an unknown origin. A public document knows every origin.
    if (policy.isPublic) delete headers.origin;
    return isOptions;
  };

  /** Also answers `OPTIONS` requests that must not reach the application. */
  readonly middleware = (
    request: IncomingMessage,
    response: ServerResponse,
    next: () => void,
  ): void => {
    const { status, body } = this.open(request, response)
      ? answerOptions(request, this.policy)
      : NOT_ANSWERED;
    if (!body) return next();
    const text = JSON.stringify(body);
    response.statusCode = status;
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', Buffer.byteLength(text));
    response.end(text);
  };
}

const NOT_ANSWERED: OptionsAnswer = { status: 204 };

/** Whether a request is for one of the paths, in any spelling that Express accepts. */
export function pathMatcher(paths: () => readonly string[]): (request: IncomingMessage) => boolean {
  // Computed with the first request: the global prefix is known once the application listens.
  let known: ReadonlySet<string> | undefined;
  return ({ url = '' }) => {
    known ??= new Set(paths().map(foldPath));
    return known.has(foldPath(url.replace(/[?#].*$/s, '')));
  };
}

function foldPath(path: string): string {
  try {
    return decodeURI(path).toLowerCase().replace(/\/+$/, '');
  } catch {
    return path;
  }
}

/** Answers of the application to `OPTIONS` that stand: limits and shutdown. */
const KEPT: ReadonlySet<number> = new Set([429, 503]);

const CONTENT_HEADERS = ['content-length', 'content-type', 'etag', 'transfer-encoding'];
