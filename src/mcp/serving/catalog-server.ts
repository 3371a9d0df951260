import {
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolRequest,
  type CallToolResult,
  type JsonSchemaValidatorResult,
  type ListToolsRequest,
  type ListToolsResult,
  type ServerContext,
  type jsonSchemaValidator,
} from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access-refused.error.js';
import { decide } from '../../access/decide.js';
import { refusalOf } from '../../access/refusal-of.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { McpContext } from '../invocation/mcp-context.js';
import { toToolFailure } from '../invocation/tool-failure.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { exchangeOf } from './exchange-auth-info.js';

/**
 * The SDK's server over the compiled catalog. One instance serves one exchange or one session and is
 * never shared between callers; it registers nothing of its own, so that it costs next to nothing.
 *
 * It extends `McpServer` because the SDK checks `Mcp-Param-*` headers for instances of it only.
 */
export class CatalogServer extends McpServer {
  constructor(
    private readonly catalog: McpCatalog,
    options: ResolvedMcpOptions,
  ) {
    super(options.serverInfo, {
      ...(options.instructions !== undefined && { instructions: options.instructions }),
      capabilities: { logging: {} },
      // What a caller may see depends on the caller.
      cacheHints: { 'tools/list': { ttlMs: 0, cacheScope: 'private' } },
      jsonSchemaValidator: NO_VALIDATOR,
    });
    this.server.registerCapabilities({ tools: { listChanged: true } });
    this.server.setRequestHandler('tools/list', (request, context) => this.list(request, context));
    this.server.setRequestHandler('tools/call', (request, context) => this.call(request, context));
  }

  /** Read by the SDK to compare `Mcp-Param-*` headers with the arguments. */
  override toolInputSchemaJson(name: string): ReturnType<McpServer['toolInputSchemaJson']> {
    return this.catalog.tool(name)?.definition.inputSchema;
  }

  private list({ params }: ListToolsRequest, { http }: ServerContext): ListToolsResult {
    if (params?.cursor !== undefined) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Unknown cursor.');
    }
    return { tools: [...this.catalog.toolsFor(exchangeOf(http?.authInfo).principal)] };
  }

  private async call({ params }: CallToolRequest, context: ServerContext): Promise<CallToolResult> {
    const tool = this.catalog.tool(params.name);
    if (!tool) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
    }
    const exchange = exchangeOf(context.http?.authInfo);
    // The endpoint has decided already and answered with HTTP; nothing gets past this one either.
    const refusal = refusalOf(decide(tool.access, exchange.principal));
    if (refusal) return toToolFailure(new AccessRefusedError(refusal));

    const result = await tool.call(
      params.arguments ?? {},
      exchange,
      new McpContext(exchange, context, this),
    );
    return this.server.projectCallToolResult(result, tool.definition.outputSchema);
  }
}

/** Arguments and results are validated by the catalog; the SDK need not do it again. */
const NO_VALIDATOR: jsonSchemaValidator = {
  getValidator:
    <T>() =>
    (data: unknown): JsonSchemaValidatorResult<T> => ({
      valid: true,
      data: data as T, // `T` is whatever the caller of the SDK claims; nothing is claimed here.
      errorMessage: undefined,
    }),
};
