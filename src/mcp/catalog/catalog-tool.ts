import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import type { AccessRule } from '../../access/access-rule.js';
import type { McpContext } from '../invocation/mcp-context.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';

/** A tool as it was compiled at boot: a call does no work that boot could have done. */
export interface CatalogTool {
  readonly name: string;
  /** Where it is written, such as `DemoService.echo`. */
  readonly source: string;
  /** What `tools/list` says of it. */
  readonly definition: Tool;
  readonly access: AccessRule;
  /** Runs the call through Nest. Resolves to a result whatever the handler throws. */
  call(input: unknown, exchange: McpExchange, context: McpContext): Promise<CallToolResult>;
}
