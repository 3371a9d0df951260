import { HttpException } from '@nestjs/common';

/** An HTTP request that is refused before it becomes an MCP message. Answered as JSON-RPC. */
export class McpHttpException extends HttpException {
  constructor(
    status: number,
    /** Code of the JSON-RPC error. */
    readonly rpcCode: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message, status);
    this.name = 'McpHttpException';
  }
}
