import { RequestMethod, type Type } from '@nestjs/common';
import type { ToolAnnotations } from '@modelcontextprotocol/server';
import { ConfirmMetadata } from '../authoring/confirm.decorator.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { HOST_METADATA, SSE_METADATA } from '../nest-internals.js';
import { routeParametersOf, type RouteParameterKind } from '../nest-route-internals.js';
import { isSent, problemOfHeader, type RouteHeaders } from '../routes/route-headers.js';
import { routeMethodOf } from '../routes/route-paths.js';

/** A method of HTTP that a tool can call. */
export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What the methods of HTTP say about a call. Annotations of the tool win. */
export const ANNOTATIONS: Readonly<Record<Verb, ToolAnnotations | undefined>> = {
  GET: { readOnlyHint: true },
  POST: undefined,
  PUT: { idempotentHint: true },
  PATCH: undefined,
  DELETE: { destructiveHint: true },
};

/** @throws {InvalidHandlerError} a method that no call uses */
export function verbOf(source: string, handler: object): Verb {
  const name = RequestMethod[routeMethodOf(handler) ?? RequestMethod.GET] ?? '';
  if (Object.hasOwn(ANNOTATIONS, name)) return name as Verb; // A key of the table.
  throw new InvalidHandlerError(
    source,
    `its route answers ${name}, and a tool calls GET, POST, PUT, PATCH or DELETE. Use one of @Get(), @Post(), @Put(), @Patch() and @Delete().`,
  );
}

/** @throws {InvalidHandlerError} a route that needs something that no call has */
export function assertCallable(
  source: string,
  type: Type<object>,
  method: string,
  more: readonly string[],
): void {
  const handler: object = Reflect.get(type.prototype, method);
  if (Reflect.hasMetadata(ConfirmMetadata.KEY, handler)) {
    throw new InvalidHandlerError(
      source,
      'it has @Confirm(), and its route cannot ask: other callers of the route are not asked either. Put the tool on a provider that calls the same service, and @Confirm() there.',
    );
  }
  if (Reflect.getMetadata(SSE_METADATA, handler) === true) {
    throw new InvalidHandlerError(
      source,
      'it is a stream of events (@Sse()), which never ends. Put a tool on a provider that returns what a call needs.',
    );
  }
  const problem = more.map(problemOfHeader).find((one) => one !== undefined);
  if (problem !== undefined) throw new InvalidHandlerError(source, `route.headers: ${problem}.`);
  for (const { kind, index, name } of routeParametersOf(type, method)) {
    const refusal = REFUSED[kind];
    if (refusal !== undefined) {
      throw new InvalidHandlerError(source, `parameter ${index + 1} reads ${refusal}`);
    }
    if (kind !== 'headers' || name === undefined || isSent(name.toLowerCase(), more)) continue;
    throw new InvalidHandlerError(
      source,
      `parameter ${index + 1} reads the header "${name}", which a call does not send. ${
        problemOfHeader(name) === undefined
          ? `Set route: { headers: ['${name}'] } to take it over from the request of the caller, or read it as a @Query().`
          : 'Read the caller from @CurrentPrincipal().'
      }`,
    );
  }
}

/** Parameters that a call has no value for. */
const REFUSED: Readonly<Partial<Record<RouteParameterKind, string>>> = {
  cookies: 'cookies, which a call does not have. Read the caller from @CurrentPrincipal().',
  file: 'an uploaded file, which the arguments of a tool cannot be. Put a tool on a provider that takes the content as text, such as base64.',
  host: 'the host, which a call does not choose. Read it as a @Param() or a @Query().',
  session:
    'the session of a browser, which a call does not have. Read the caller from @CurrentPrincipal().',
  unknown:
    'what this version of the package does not know. Put a tool on a provider that calls the same service.',
};

/** @throws {InvalidHandlerError} the host is a pattern, or one of several */
export function hostHeader(source: string, type: Type<object>): RouteHeaders {
  const host: unknown = Reflect.getMetadata(HOST_METADATA, type);
  if (host === undefined) return {};
  if (typeof host === 'string' && /^[\w.-]+$/.test(host)) return { host };
  throw new InvalidHandlerError(
    source,
    'its controller is bound to a pattern of hosts, and a call names one host. Put a tool on a provider that calls the same service.',
  );
}
