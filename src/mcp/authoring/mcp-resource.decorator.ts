import { Reflector } from '@nestjs/core';
import { assertMethod, markHandler } from './mark-handler.js';
import { InputPipe, type McpSchema, type Validated } from './schema.js';

import type { Annotations, Icon } from '@modelcontextprotocol/server';

/**
 * Makes a method of a provider an MCP resource. It gets `({ uri }, context)` and returns text, bytes,
 * contents as the protocol has them, or any JSON value. Protected unless it says `@Public()`.
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
  return <M extends (input: { uri: string }, ...rest: never[]) => unknown>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod('@McpResource()', options, [prototype, method, descriptor]);
    ResourceMetadata(options)(prototype, method, descriptor);
    markHandler(prototype, method, undefined);
  };
}

/** Holds the options of a resource on its method. */
export const ResourceMetadata = Reflector.createDecorator<McpResourceOptions>({
  key: 'nestjs-clerk-mcp:resource',
});

/**
 * Makes a method of a provider a family of MCP resources. It gets `(variables, context)`: the variables
 * of the RFC 6570 template, decoded, and validated where there is a schema. `context.uri` is the URI.
 *
 * @example
 * ```ts
 * @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
 * note({ id }: { id: string }) {
 *   return this.notes.find(id);
 * }
 * ```
 */
export function McpResourceTemplate<T extends string, V extends McpSchema | undefined = undefined>(
  options: McpResourceTemplateOptions<V, T>,
) {
  return <M extends TemplateMethod<T, V>>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod('@McpResourceTemplate()', options, [prototype, method, descriptor]);
    ResourceTemplateMetadata(options)(prototype, method, descriptor);
    const { uriTemplate, variables } = options;
    markHandler(prototype, method, variables && new InputPipe(uriTemplate, variables));
  };
}

/** Holds the options of a resource template on its method. */
export const ResourceTemplateMetadata = Reflector.createDecorator<McpResourceTemplateOptions>({
  key: 'nestjs-clerk-mcp:resource-template',
});

/** What a method may take: what the schema gives, else the variables that the template names. */
type TemplateMethod<T extends string, V> = (
  variables: V extends McpSchema ? Validated<V> : TemplateVariables<T>,
  ...rest: never[]
) => unknown;

interface ResourceDescription {
  /** Name on the wire. Default: the name of the method. */
  readonly name?: string;
  /** For people. */
  readonly title?: string;
  /** For the model. */
  readonly description?: string;
  /** Media type of what the method returns, where it does not say so itself. */
  readonly mimeType?: string;
  readonly annotations?: Annotations;
  readonly icons?: readonly Icon[];
  /** Passed through to the client as it is. */
  readonly _meta?: Readonly<Record<string, unknown>>;
  /** Default: not to be cached. */
  readonly cache?: McpCacheHint;
}

/** What `@McpResource()` says about a method. */
export interface McpResourceOptions extends ResourceDescription {
  /** Absolute URI, such as `config://app`. */
  readonly uri: string;
  /** Size of the content in bytes, where it is known. */
  readonly size?: number;
}

/** What `@McpResourceTemplate()` says about a method. */
export interface McpResourceTemplateOptions<
  V extends McpSchema | undefined = McpSchema | undefined,
  T extends string = string,
> extends ResourceDescription {
  /** RFC 6570 URI template, such as `notes://{id}`. */
  readonly uriTemplate: T;
  /** Schema of the variables. The method receives what it validates to. Default: text, as matched. */
  readonly variables?: V;
}

/** How long and for whom a client may keep an answer, SEP-2549. */
export interface McpCacheHint {
  /** How long the answer is fresh, in milliseconds. */
  readonly ttlMs: number;
  /** `public` only for what is the same for everybody; it must never depend on the caller. */
  readonly scope: 'public' | 'private';
}

/**
 * The variables that a URI template names, as a type: text; a list for an exploded one; and possibly
 * absent for one of the query. `TemplateVariables<'notes://{id}{?lang}'>` is
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
