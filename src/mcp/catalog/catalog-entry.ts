import type {
  GetPromptResult,
  InputRequiredResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplateType,
  Tool,
} from '@modelcontextprotocol/server';
import type { AccessRule } from '../../access/access-rule.js';
import type { MaybePromise } from '../../access/maybe-promise.js';
import type { McpContext } from '../invocation/mcp-context.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { ToolOutcome } from '../invocation/structured-result.js';
import type { McpToolTask } from '../tasks/task-options.js';
import type { McpCacheHint } from './cache-hint.js';
import type { UriPattern } from './uri-pattern.js';

/** What every entry of the catalog has. It is compiled, and found good, when the application starts. */
export interface CatalogEntry {
  /** What it is found by: a name, a URI or a URI template. */
  readonly key: string;
  /** Where it is written, such as `DemoService.echo`. */
  readonly source: string;
  readonly access: AccessRule;
}

/** Runs an entry through Nest. Where nothing has to be waited for, what comes of it is known at once. */
export type Run<R> = (
  input: unknown,
  exchange: McpExchange,
  context: McpContext,
) => MaybePromise<R>;

export interface CatalogTool extends CatalogEntry {
  /** What `tools/list` says of it. Some of it is written when it is first read. */
  readonly definition: Tool;
  /** Whether its output is an object, or it says nothing of it. */
  readonly hasObjectOutput: boolean;
  /** How a call becomes a task; `undefined` where it does not. */
  readonly task: McpToolTask | undefined;
  /** Whether a call needs nothing that only the SDK checks or changes. */
  readonly isPlain: () => boolean;
  /** Resolves to a result whatever the handler throws, save errors of the protocol. */
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

export interface CatalogPrompt extends CatalogEntry {
  readonly definition: Prompt;
  /** Throws errors of the protocol only. */
  readonly get: Run<GetPromptResult | InputRequiredResult>;
}

export interface CatalogCompletion extends CatalogEntry {
  /** Throws errors of the protocol only. */
  readonly complete: Run<readonly string[]>;
}
