import { type Run } from '../invocation/handler-pipeline.js';
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
import type { ToolOutcome } from '../invocation/tool-result.js';
import type { McpToolTask } from '../authoring/task-options.js';
import type { McpCacheHint } from '../authoring/mcp-resource.decorator.js';
import type { UriPattern } from './uri-pattern.js';

/** What every entry of the catalog has. It is compiled, and found good, when the application starts. */
export interface CatalogEntry {
  /** What it is found by: a name, a URI or a URI template. */
  readonly key: string;
  /** Where it is written, such as `DemoService.echo`. */
  readonly source: string;
  readonly access: AccessRule;
}

export interface CatalogTool extends CatalogEntry {
  /** What `tools/list` says of it. Some of it is written when it is first read. */
  readonly definition: Tool;
  /** Whether its output is an object, or it says nothing of it. */
  readonly hasObjectOutput: boolean;
  /** How a call becomes a task; `undefined` where it does not. */
  readonly task: McpToolTask | undefined;
  /** Whether a call needs nothing that only the SDK checks or changes. */
  readonly canTakeFastPath: () => boolean;
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
