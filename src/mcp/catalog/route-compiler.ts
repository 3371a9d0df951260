import { Injectable, Logger, RequestMethod, VersioningType, type Type } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import type { AccessRule } from '../../access/access-rule.js';
import type { InProcessCall } from '../../access/in-process-call.js';
import { andThen, catchError, type MaybePromise } from '../../request/value-or-promise.js';
import type { McpToolOptions } from '../authoring/mcp-tool.decorator.js';
import { MAX_ROUTE_BYTES, problemOfRoute } from '../authoring/route-options.js';
import { InputPipe, type JsonSchema, type McpSchema } from '../authoring/schema.js';
import { isForCaller, toToolFailure } from '../invocation/handler-failure.js';
import type { Run } from '../invocation/handler-pipeline.js';
import { toFastPathValue, toValueResult, type ToolOutcome } from '../invocation/tool-result.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { compilePathTemplate, type PathTemplate } from '../routes/path-template.js';
import { RouteDispatcher } from '../routes/route-dispatcher.js';
import { headersOf, namesTakenOver, type RouteHeaders } from '../routes/route-headers.js';
import { composeInput, type JsonObjectSchema, type RouteInput } from '../routes/route-input.js';
import { routeMethodOf, RoutePaths } from '../routes/route-paths.js';
import { toRouteResult } from '../routes/route-result.js';
import { RouteFailedError } from '../routes/routes.errors.js';
import { describeBySwagger, operationOf } from '../routes/swagger-metadata.js';
import { writeRequest } from '../routes/write-request.js';
import { jsonSchemaOf } from './handler-checks.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import { ANNOTATIONS, assertCallable, hostHeader, verbOf, type Verb } from './route-checks.js';
import { SchemaReader } from './schema-reader.js';
import { logFailure } from '../../request/log-failure.js';

/** A tool that is declared on a route handler. */
export type RouteTool = DiscoveredHandler & { readonly kind: 'tool' };

/** A compiled route, as the compiler of tools uses it. */
export interface CompiledRoute {
  /** The options of the tool, with what the route adds. */
  readonly options: McpToolOptions;
  readonly input: McpSchema | undefined;
  readonly output: McpSchema | undefined;
  /** Composed from the parameters of the route; `undefined` where the tool has an `input`. */
  readonly inputSchema: JsonObjectSchema | undefined;
  readonly run: Run<ToolOutcome>;
}

/** Compiles route handlers to tools whose calls go through the route. */
@Injectable()
export class RouteCompiler {
  private readonly logger = new Logger('McpHandler');

  constructor(
    private readonly config: ApplicationConfig,
    private readonly paths: RoutePaths,
    private readonly dispatcher: RouteDispatcher,
    private readonly schemas: SchemaReader,
  ) {}

  /** Whether this process serves routes. An application context does not. */
  get isServed(): boolean {
    return this.dispatcher.hasRoutes;
  }

  /**
   * @param access rule of the handler, as it is registered
   * @throws {InvalidHandlerError} a route that a tool cannot call
   * @throws {MissingPackageError} a package that a schema needs is not installed
   */
  compile({ host, method, options }: RouteTool, access: AccessRule): CompiledRoute {
    const { type, wrapper } = host;
    const source = `${type.name}.${method}`;
    const handler: object = Reflect.get(type.prototype, method);
    const problem = options.route && problemOfRoute(options.route);
    if (problem !== undefined) throw new InvalidHandlerError(source, problem);
    assertCallable(source, type, method, options.route?.headers ?? []);
    const verb = verbOf(source, handler);
    const place = this.placeOf(source, wrapper.host?.metatype ?? {}, type, handler);
    const input = options.input && this.schemas.read(source, 'input', options.input);
    const output = options.output && this.schemas.read(source, 'output', options.output);
    const request = composeInput({
      source,
      type,
      method,
      verb,
      template: place.template,
      bodyField: options.route?.body,
      explicit: input && jsonSchemaOf(source, 'input', input),
      describeClass: (type) => this.describeClass(source, type, input !== undefined),
    });
    const { name = method } = options;
    const told = operationOf(handler);
    const description = options.description || told.description;
    if (!description) {
      throw new InvalidHandlerError(
        source,
        "its tool has no description. Give @McpTool({ description: '…' }).",
      );
    }
    const title = options.title ?? told.title;
    const annotations = ANNOTATIONS[verb] ?? options.annotations;
    const route: CalledRoute = {
      source,
      verb,
      request,
      input,
      output,
      options: { ...options, name, description },
      headers: place.headers,
      taken: namesTakenOver(options.route?.headers ?? []),
      target: {
        handler: { type, method, rule: access },
        route: { method: verb, path: place.registeredPath },
      },
    };
    return {
      options: {
        ...route.options,
        ...(title !== undefined && { title }),
        ...(annotations && { annotations: { ...ANNOTATIONS[verb], ...options.annotations } }),
      },
      input,
      output,
      inputSchema: request.schema,
      run: (values, exchange, context) => this.call(route, values, exchange, context),
    };
  }

  /**
   * Describes the class of a body or a query: the one place where descriptions of classes come from. The rules
   * of class-validator come first, since the route validates by them.
   *
   * @param isOptional whether the input of the tool is known without it
   */
  private describeClass(
    source: string,
    type: Function,
    isOptional: boolean,
  ): JsonSchema | undefined {
    const described = describeBySwagger(type);
    try {
      const schema = this.schemas.readClass(source, type);
      return schema ? jsonSchemaOf(source, 'input', schema) : described;
    } catch (error) {
      if (described || isOptional) return described;
      throw error;
    }
  }

  private call(
    route: CalledRoute,
    ...[values, exchange, context]: Parameters<Run<ToolOutcome>>
  ): MaybePromise<ToolOutcome> {
    const { source } = route;
    return catchError(
      () =>
        andThen(validated(route, values), (input) => this.send(route, input, exchange, context)),
      (error) => {
        if (!context.isAborted) this.report(source, error);
        return toToolFailure(error);
      },
    );
  }

  private send(
    { source, verb, options, output, request, taken, headers: own, target }: CalledRoute,
    ...[values, exchange, context]: Parameters<Run<ToolOutcome>>
  ): Promise<ToolOutcome> {
    if (context.isAborted) context.signal.throwIfAborted();
    const { path, body } = writeRequest(options.name, request, values);
    const { request: origin, access, running } = exchange;
    const headers = headersOf({ origin, trace: context.trace, taken, own, body });
    const signal = (): AbortSignal => context.signal;
    const maxBytes = options.route?.maxBytes ?? MAX_ROUTE_BYTES;
    return this.dispatcher
      .send({ origin, access, ...target }, { method: verb, path, headers, body, signal, maxBytes })
      .then((response) => {
        const toResult = running?.isOnFastPath ? toFastPathValue : toValueResult;
        const url = `http://${headers['host']}${path}`;
        return toRouteResult(response, { source, output, maxBytes, url, toResult });
      });
  }

  private report(source: string, error: unknown): void {
    if (isForCaller(error) || isLoggedByNest(error)) return;
    const detail = error instanceof RouteFailedError ? `HTTP ${error.getStatus()}` : error;
    logFailure(this.logger, `${source} failed`, detail);
  }

  /** @throws {InvalidHandlerError} a path, a host or a version that a call cannot name */
  private placeOf(source: string, module: object, type: Type<object>, handler: object): Place {
    const [place] = this.paths.placesOf(type, handler);
    const method = routeMethodOf(handler) ?? RequestMethod.GET;
    const [path = '/'] = place ? this.paths.resolve(module, place, method) : [];
    const registeredPath = this.dispatcher.hasRoutes ? this.dispatcher.registeredPath(path) : path;
    const template = compilePathTemplate(registeredPath);
    if (!template) {
      throw new InvalidHandlerError(
        source,
        `its path ${registeredPath} has signs that a call cannot fill in. Use parameters such as :id, or give the handler a second path in front: @Get(['notes/:id', …]).`,
      );
    }
    if (this.dispatcher.hasRoutes && !this.dispatcher.speaksHttp1) {
      throw new InvalidHandlerError(
        source,
        'the server speaks HTTP/2, and calls of routes need HTTP/1.1. Put the tool on a provider that calls the same service.',
      );
    }
    const version = place && this.paths.versionOf(place);
    const headers = { ...this.versionHeader(source, version), ...hostHeader(source, type) };
    return { template, registeredPath, headers };
  }

  private versionHeader(source: string, version: string | undefined): RouteHeaders {
    const versioning = this.config.getVersioning();
    if (version === undefined || !versioning) return {};
    switch (versioning.type) {
      case VersioningType.URI:
        return {};
      case VersioningType.HEADER:
        return { [versioning.header.toLowerCase()]: version };
      case VersioningType.MEDIA_TYPE:
        return { accept: `application/json;${versioning.key}${version}` };
      case VersioningType.CUSTOM:
        throw new InvalidHandlerError(
          source,
          `its version ${version} comes from a function of the application, which a call cannot ask for. Make it VERSION_NEUTRAL, or use another type of versioning.`,
        );
    }
  }
}

interface Place {
  readonly template: PathTemplate;
  readonly registeredPath: string;
  /** Of its version and its host. */
  readonly headers: RouteHeaders;
}

interface CalledRoute {
  readonly source: string;
  readonly verb: Verb;
  /** How its arguments become a request. */
  readonly request: RouteInput;
  readonly input: McpSchema | undefined;
  readonly output: McpSchema | undefined;
  readonly options: McpToolOptions & { readonly name: string };
  /** Of its version and its host. */
  readonly headers: RouteHeaders;
  /** Names of the headers that it gets of the caller's request. */
  readonly taken: readonly string[];
  readonly target: Pick<InProcessCall, 'handler' | 'route'>;
}

/** @throws {InvalidInputError} */
function validated({ options, input }: CalledRoute, values: unknown): MaybePromise<unknown> {
  return input ? new InputPipe(options.name, input).transform(values ?? {}) : values;
}

/** Nest logs an error that is no HTTP exception, and answers with this response. */
function isLoggedByNest(error: unknown): boolean {
  return (
    error instanceof RouteFailedError &&
    error.getStatus() === 500 &&
    error.message === 'Internal server error'
  );
}
