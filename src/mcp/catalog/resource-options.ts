import type { Annotations, Icon } from '@modelcontextprotocol/server';
import type { McpCacheHint } from './cache-hint.js';
import type { McpSchema } from './schema.js';

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
