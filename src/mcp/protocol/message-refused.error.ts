import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { jsonRpcError, type JsonRpcErrorBody } from './json-rpc-error.js';

/** A body that is over a limit of the endpoint. Nothing of it has been served. */
export class MessageRefusedError extends Error {
  readonly code = 'MCP_MESSAGE_REFUSED';
  /** The answer in JSON-RPC. */
  readonly body: JsonRpcErrorBody;

  /**
   * @param message names the limit, and never what the caller sent
   * @param id of the message; `null` where it has none, or cannot be told
   */
  constructor(
    readonly rpcCode:
      typeof ProtocolErrorCode.InvalidRequest | typeof ProtocolErrorCode.InvalidParams,
    message: string,
    id: string | number | null = null,
  ) {
    super(message);
    this.name = 'MessageRefusedError';
    this.body = jsonRpcError(rpcCode, message, id);
  }

  /** HTTP status: 200 for an answer to one request, 400 for a body that is none. */
  get status(): 200 | 400 {
    return this.body.id === null ? 400 : 200;
  }
}
