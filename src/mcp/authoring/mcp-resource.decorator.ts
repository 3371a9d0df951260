import type { Annotations, Icon } from '@modelcontextprotocol/server';
import { Reflector } from '@nestjs/core';
import type { OptionsOf } from '../../request/known-options.js';
import type { McpListed } from './listed.js';
import { assertMethod, assertParentheses, markHandler } from './mark-handler.js';
import type { SchemaSource, Validated } from './schema.js';

/**
 * Makes a method of a provider an MCP resource. It gets `({ uri }, context)` and returns text,
 * bytes, contents of the protocol, or any JSON value. Requires an authenticated caller unless it
 * has `@Public()`.
 *
 * @example
 * ```ts
 * @McpResource({ uri: 'config://app', mimeType: 'application/json' })
 * config() {
 *   return { theme: 'dark' };
 * }
 * ```
 */
export function McpResource(options: McpResourceOptions) {
  assertParentheses(RESOURCE, arguments);
  return <M extends (input: { uri: string }, ...rest: never[]) => unknown>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod(RESOURCE, options, [prototype, method, descriptor]);
    ResourceMetadata(options)(prototype, method, descriptor);
    markHandler(prototype, method);
  };
}

/** Metadata of a method: the options of its resource. */
export const ResourceMetadata = Reflector.createDecorator<McpResourceOptions>({
  key: 'nestjs-clerk-mcp:resource',
});

/**
 * Makes a method of a provider an MCP resource template. It gets `(variables, context)`: the
 * decoded variables of the RFC 6570 template, validated if there is a schema. `context.uri` is the
 * URI.
 *
 * @example
 * ```ts
 * @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
 * note({ id }: { id: string }) {
 *   return this.notes.find(id);
 * }
 * ```
 */
export function McpResourceTemplate<
  T extends string,
  V extends SchemaSource | undefined = undefined,
>(options: McpResourceTemplateOptions<V, T>) {
  assertParentheses(RESOURCE_TEMPLATE, arguments);
  return <M extends TemplateMethod<T, V>>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod(RESOURCE_TEMPLATE, options, [prototype, method, descriptor]);
    ResourceTemplateMetadata(options)(prototype, method, descriptor);
    markHandler(prototype, method);
  };
}

/** Metadata of a method: the options of its resource template. */
export const ResourceTemplateMetadata = Reflector.createDecorator<McpResourceTemplateOptions>({
  key: 'nestjs-clerk-mcp:resource-template',
});

/** The signature of the method: the output of the schema, or the variables of the template. */
type TemplateMethod<T extends string, V> = (
  variables: V extends SchemaSource ? Validated<V> : TemplateVariables<T>,
  ...rest: never[]
) => unknown;

interface ResourceDescription {
  /** Name on the wire. Default: the name of the method. */
  readonly name?: string;
  /** For people. */
  readonly title?: string;
  /** For the model. */
  readonly description?: string;
  /** Media type of the content, unless the method returns one. */
  readonly mimeType?: string;
  /** Hints for the client, such as `audience` and `priority`. */
  readonly annotations?: Annotations;
  /** Pictures of the resource that a client may show. */
  readonly icons?: readonly Icon[];
  /**
   * Who sees it in lists before signing in, where the server offers a sign-in. Default: `offered`.
   */
  readonly listed?: McpListed;
  /** Sent to the client unchanged, in lists and with the content. */
  readonly _meta?: Readonly<Record<string, unknown>>;
  /** How long a client may cache the content. Default: it must not. */
  readonly cache?: McpCacheHint;
}

/** Options of `@McpResource()`. */
export interface McpResourceOptions extends ResourceDescription {
  /** Absolute URI, such as `config://app`. */
  readonly uri: string;
  /** Size of the content in bytes, if known. */
  readonly size?: number;
}

/** Options of `@McpResourceTemplate()`. */
export interface McpResourceTemplateOptions<
  V extends SchemaSource | undefined = SchemaSource | undefined,
  T extends string = string,
> extends ResourceDescription {
  /** RFC 6570 URI template, such as `notes://{id}`. */
  readonly uriTemplate: T;
  /** Schema of the variables. The method gets the validated output. Default: the matched text. */
  readonly variables?: V;
}

/** How long and for whom a client may cache an answer, SEP-2549. */
export interface McpCacheHint {
  /** How long the answer is fresh, in milliseconds. */
  readonly ttlMs: number;
  /** `public` only for answers that never depend on the caller. */
  readonly scope: 'public' | 'private';
}

/**
 * The variables of a URI template as a type: text, a list for an exploded variable, optional for a
 * variable of the query. `TemplateVariables<'notes://{id}{?lang}'>` is
 * `{ id: string } & { lang?: string }`.
 */
export type TemplateVariables<T extends string> = string extends T
  ? Record<string, never>
  : T extends `${string}{${infer Expression}}${infer Rest}`
    ? ExpressionVariables<Expression> & TemplateVariables<Rest>
    : object;

type ExpressionVariables<E extends string> = E extends `${'?' | '&'}${infer List}`
  ? { [Spec in ListItems<List> as NameOf<Spec>]?: ValueOf<Spec> }
  : E extends `${'+' | '#' | '.' | '/' | ';'}${infer List}`
    ? { [Spec in ListItems<List> as NameOf<Spec>]: ValueOf<Spec> }
    : { [Spec in ListItems<E> as NameOf<Spec>]: ValueOf<Spec> };

type ListItems<L extends string> = L extends `${infer Item},${infer Rest}`
  ? Item | ListItems<Rest>
  : L;

type NameOf<Spec extends string> = Spec extends `${infer Name}*` ? Name : Spec;

type ValueOf<Spec extends string> = Spec extends `${string}*` ? string[] : string;

/** The options that resources, templates and apps have. */
export const DESCRIPTION_OPTIONS = {
  name: true,
  title: true,
  description: true,
  mimeType: true,
  annotations: {
    audience: true,
    priority: true,
    lastModified: true,
  } satisfies OptionsOf<Annotations>,
  icons: true,
  listed: true,
  _meta: true,
  cache: { ttlMs: true, scope: true } satisfies OptionsOf<McpCacheHint>,
} as const satisfies OptionsOf<ResourceDescription>;

const RESOURCE_OPTIONS = {
  ...DESCRIPTION_OPTIONS,
  uri: true,
  size: true,
} as const satisfies OptionsOf<McpResourceOptions>;

/** `@McpResource()`, for the checks of its use. */
export const RESOURCE = {
  name: '@McpResource',
  key: ResourceMetadata.KEY,
  options: RESOURCE_OPTIONS,
} as const;

const TEMPLATE_OPTIONS = {
  ...DESCRIPTION_OPTIONS,
  uriTemplate: true,
  variables: true,
} as const satisfies OptionsOf<McpResourceTemplateOptions>;

/** `@McpResourceTemplate()`, for the checks of its use. */
export const RESOURCE_TEMPLATE = {
  name: '@McpResourceTemplate',
  key: ResourceTemplateMetadata.KEY,
  options: TEMPLATE_OPTIONS,
} as const;
