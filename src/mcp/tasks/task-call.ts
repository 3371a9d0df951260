import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  RequestStateCodec,
  ServerContext,
} from '@modelcontextprotocol/server';
import type { CatalogTool } from '../catalog/catalog-entry.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';

/** A call of a tool that may become a task. */
export interface TaskCall {
  readonly tool: CatalogTool;
  readonly input: unknown;
  readonly exchange: McpExchange;
  readonly serving: ServerContext;
  readonly server: McpServer;
  /** Signs what the call leaves with the client, as long as it is no task. */
  readonly states: RequestStateCodec;
}

/** What a handler gives back. */
export type TaskOutcome = CallToolResult | InputRequiredResult;
