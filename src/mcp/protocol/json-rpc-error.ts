import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { pauseStacks, resumeStacks } from '../../request/without-stack.js';
import type { McpErrorCode } from '../mcp.errors.js';

/** An error response of JSON-RPC 2.0. */
export interface JsonRpcErrorBody {
  readonly jsonrpc: '2.0';
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** Codes of JSON-RPC 2.0 §5.1, and one of the range for server errors. */
export const JSON_RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  internalError: -32603,
  serverError: -32000,
} as const;

/**
 * @param id id of the request; `null` if it is not known
 * @param data what else the error says. Default: nothing
 */
export function jsonRpcError(
  code: number,
  message: string,
  id: string | number | null = null,
  data?: unknown,
): JsonRpcErrorBody {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data !== undefined && { data }) } };
}

/** Refuses a whole body that is over a limit of the endpoint. */
export class MessageRefusedError extends Error {
  readonly code = 'MCP_MESSAGE_REFUSED' satisfies McpErrorCode;
  /** The answer in JSON-RPC. */
  readonly body: JsonRpcErrorBody;

  /**
   * @param message names the limit, never the value that the caller sent
   * @param id of the message; `null` if it has none or cannot be known
   */
  constructor(
    readonly rpcCode:
      typeof ProtocolErrorCode.InvalidRequest | typeof ProtocolErrorCode.InvalidParams,
    message: string,
    id: string | number | null = null,
  ) {
    const limit = pauseStacks();
    super(message);
    resumeStacks(limit);
    this.name = 'MessageRefusedError';
    this.body = jsonRpcError(rpcCode, message, id);
  }

  /** HTTP status: 200 for the answer to a request with an id, else 400. */
  get status(): 200 | 400 {
    return this.body.id === null ? 400 : 200;
  }
}
