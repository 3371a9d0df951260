import { accessRuleOf } from '../../access/access.decorators.js';
import { InputPipe } from '../authoring/schema.js';
import { toReadResult } from '../invocation/content-results.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import { askForPage } from '../invocation/page-required.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { normalizeTemplate } from '../protocol/normalize-uri.js';
import type { CatalogResource, CatalogResourceTemplate } from './catalog-entry.js';
import { assertServable, sourceOf } from './handler-checks.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import type { CompilerParts } from './tool-compiler.js';
import { UriPattern } from './uri-pattern.js';

type ResourceHandler = DiscoveredHandler & { readonly kind: 'resource' };
type TemplateHandler = DiscoveredHandler & { readonly kind: 'resource template' };

/** @throws {InvalidHandlerError} @throws {UnboundEnhancerError} */
export function compileResource(handler: ResourceHandler, parts: CompilerParts): CatalogResource {
  const { method, options } = handler;
  const { uri, size } = options;
  const source = sourceOf(handler);
  if (/[{}]/.test(uri)) {
    throw new InvalidHandlerError(
      source,
      `"${uri}" is a URI template, and @McpResource() is for one URI. Use @McpResourceTemplate({ uriTemplate: '${uri}' }), or percent-encode the braces.`,
    );
  }
  if (!URL.canParse(uri)) {
    throw new InvalidHandlerError(source, `"${uri}" is not an absolute URI, such as config://app.`);
  }
  return {
    key: uri,
    definition: { uri, ...describe(method, options), ...(size !== undefined && { size }) },
    ...compileReading(handler, parts, undefined),
  };
}

/** @throws {InvalidHandlerError} @throws {UnboundEnhancerError} */
export function compileResourceTemplate(
  handler: TemplateHandler,
  parts: CompilerParts,
): CatalogResourceTemplate {
  const { method, options } = handler;
  const { uriTemplate, variables } = options;
  const schema = variables && parts.schemas.read(sourceOf(handler), 'input', variables);
  return {
    key: uriTemplate,
    definition: { uriTemplate, ...describe(method, options) },
    pattern: patternOf(sourceOf(handler), uriTemplate),
    ...compileReading(handler, parts, schema && new InputPipe(uriTemplate, schema)),
  };
}

function compileReading(
  handler: ResourceHandler | TemplateHandler,
  { pipelines }: CompilerParts,
  inputPipe: InputPipe | undefined,
) {
  const { host, method, options } = handler;
  const { mimeType, cache, _meta } = options;
  const source = sourceOf(handler);
  const access = accessRuleOf(host.type, method);
  assertServable(handler);
  if (cache && !(Number.isSafeInteger(cache.ttlMs) && cache.ttlMs >= 0)) {
    throw new InvalidHandlerError(
      source,
      'ttlMs of its cache must be a whole number of milliseconds, 0 or more.',
    );
  }
  if (cache?.scope === 'public' && access.kind !== 'public') {
    throw new InvalidHandlerError(
      source,
      'it requires a signed-in caller, but a public cache would serve its answers to everybody. Use the scope private, or make it @Public().',
    );
  }
  return {
    source,
    access,
    cache,
    read: pipelines.create(
      { host, method, source, inputPipe },
      {
        toResult: (returned, _input, { uri }) =>
          toReadResult(source, returned, { uri, mimeType, _meta }),
        toFailure: (error, context) =>
          askForPage(error, context) ?? throwProtocolFailure(error, context.uri),
      },
    ),
  };
}

function patternOf(source: string, uriTemplate: string): UriPattern {
  if (!SCHEME.test(uriTemplate)) {
    throw new InvalidHandlerError(
      source,
      `"${uriTemplate}" has no scheme. Use one, such as notes://{id}.`,
    );
  }
  let pattern: UriPattern;
  try {
    pattern = new UriPattern(normalizeTemplate(uriTemplate));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidHandlerError(
      source,
      `"${uriTemplate}" is not a URI template that can be matched: ${reason}.`,
      { cause },
    );
  }
  if (pattern.variables.length > 0) return pattern;
  throw new InvalidHandlerError(
    source,
    `"${uriTemplate}" has no variables. Use @McpResource() for a single resource.`,
  );
}

/** RFC 3986 §3.1. Clients send absolute URIs: a template without a scheme would match none. */
const SCHEME = /^[a-z][a-z\d+.-]*:/i;

function describe(method: string, options: (ResourceHandler | TemplateHandler)['options']) {
  const { name = method, title, description, mimeType, annotations, icons, _meta } = options;
  return {
    name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(mimeType !== undefined && { mimeType }),
    ...(annotations && { annotations }),
    ...(icons && { icons: [...icons] }),
    ...(_meta && { _meta }),
  };
}
