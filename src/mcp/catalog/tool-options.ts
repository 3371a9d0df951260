import type { Icon, ToolAnnotations } from '@modelcontextprotocol/server';
import type { McpToolLimits } from '../invocation/tool-limits.js';
import type { McpToolTask, TaskSupport } from '../tasks/task-options.js';
import type { McpSchema } from './schema.js';

/** What `@McpTool()` says about a method. */
export interface McpToolOptions<
  I extends McpSchema | undefined = McpSchema | undefined,
  O extends McpSchema | undefined = McpSchema | undefined,
> {
  /** The name on the wire, 1 to 64 of `A-Z a-z 0-9 _ - . /`. Default: the name of the method. */
  readonly name?: string;
  /** For people: shown in a list of tools. */
  readonly title?: string;
  /** For the model: what the tool does and when to use it. */
  readonly description: string;
  /** Schema of the arguments, an object. The method receives what it validates to. Default: none. */
  readonly input?: I;
  /** Schema of the result. What the method returns is validated and becomes `structuredContent`. */
  readonly output?: O;
  /** Hints for the client, such as `readOnlyHint`. They are not access control. */
  readonly annotations?: ToolAnnotations;
  readonly icons?: readonly Icon[];
  /**
   * Long work. A client that understands tasks gets one at once and comes back for the result; the
   * handler runs on without it. Default: no task.
   */
  readonly task?: TaskSupport | McpToolTask;
  /** How long a call may take, and how many may run at a time. Default: what `toolLimits` says. */
  readonly limits?: McpToolLimits;
  /** Passed through to the client as it is, such as the `ui` of an MCP App. */
  readonly _meta?: Readonly<Record<string, unknown>>;
}
