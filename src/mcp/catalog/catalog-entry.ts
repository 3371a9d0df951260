import type {
  CallToolResult,
  GetPromptResult,
  InputRequiredResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplateType,
  Tool,
} from '@modelcontextprotocol/server';
import type { AccessRule } from '../../access/access-rule.js';
import type { McpListed } from '../authoring/listed.js';
import type { McpCacheHint } from '../authoring/mcp-resource.decorator.js';
import type { McpToolTask } from '../authoring/task-options.js';
import { type Run } from '../invocation/handler-pipeline.js';
import type { ToolOutcome } from '../invocation/tool-result.js';
import type { UriPattern, UriVariables } from './uri-pattern.js';

/**
 * The common fields of catalog entries. They are compiled and checked when the application starts.
 */
export interface CatalogEntry {
  /** Its unique key: a name, a URI or a URI template. */
  readonly key: string;
  /** Class and method that declare it, such as `DemoService.echo`. */
  readonly source: string;
  readonly access: AccessRule;
  /** Who sees it in lists before signing in. Default: `offered`. */
  readonly listed?: McpListed | undefined;
}

export interface CatalogTool extends CatalogEntry {
  /** Its entry in `tools/list`. Schemas may be generated when they are first read. */
  readonly definition: Tool;
  /** Whether its output schema describes an object; true without an output schema. */
  readonly hasObjectOutput: boolean;
  /** How a call becomes a task; `undefined` if calls of this tool never do. */
  readonly task: McpToolTask | undefined;
  /**
   * For a tool whose tasks the application ends: the result of a value that its handler could have
   * returned. @throws {InvalidToolOutputError} @throws {UnsendableResultError}
   */
  readonly resultOf?: (returned: unknown) => Promise<CallToolResult | InputRequiredResult>;
  /** Whether a call needs nothing that only the SDK checks or converts. */
  readonly canTakeFastPath: () => boolean;
  /** Whether its handler is that of a route. */
  readonly isRoute?: true;
  /** Errors of the handler become failed results; errors of the protocol are thrown. */
  readonly call: Run<ToolOutcome>;
}

interface Readable {
  readonly cache: McpCacheHint | undefined;
  /** Throws errors of the protocol only. */
  readonly read: Run<ReadResourceResult | InputRequiredResult>;
}

export interface CatalogResource extends CatalogEntry, Readable {
  readonly definition: Resource;
}

export interface CatalogResourceTemplate extends CatalogEntry, Readable {
  readonly definition: ResourceTemplateType;
  readonly pattern: UriPattern;
}

/** The entry that serves a URI. */
export interface FoundResource {
  readonly entry: CatalogResource | CatalogResourceTemplate;
  readonly variables: UriVariables;
  /** The URI as the application declares it; for a template, in its normal form. */
  readonly uri: string;
}

export interface CatalogPrompt extends CatalogEntry {
  readonly definition: Prompt;
  /** Throws errors of the protocol only. */
  readonly get: Run<GetPromptResult | InputRequiredResult>;
}

export interface CatalogCompletion extends CatalogEntry {
  /** Throws errors of the protocol only. */
  readonly complete: Run<readonly string[]>;
}
