import type { IncomingMessage } from 'node:http';
import { HttpException } from '@nestjs/common';
import { pauseStacks, resumeStacks } from '../../request/without-stack.js';
import type { McpErrorCode } from '../mcp.errors.js';
import type { BodyLimits } from '../protocol/body-scan.js';
import { JSON_RPC, jsonRpcError, type JsonRpcErrorBody } from '../protocol/json-rpc-error.js';

/** An HTTP request that is refused before it becomes an MCP message. Answered as JSON-RPC. */
export class McpHttpException extends HttpException {
  constructor(
    status: number,
    /** Code of the JSON-RPC error. */
    readonly rpcCode: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    const limit = pauseStacks();
    super(message, status);
    resumeStacks(limit);
    this.name = 'McpHttpException';
  }
}

/** A body that is refused before it is parsed. */
export class BodyRefusedError extends Error {
  readonly code = 'MCP_BODY_REFUSED' satisfies McpErrorCode;
  /** The answer in JSON-RPC. */
  readonly body: JsonRpcErrorBody;

  /** @param statusCode of HTTP, by the name that Fastify and Express read */
  constructor(
    readonly statusCode: 400 | 408 | 415 | 503,
    message: string,
    rpcCode: number = JSON_RPC.serverError,
  ) {
    super(message);
    this.name = 'BodyRefusedError';
    this.body = jsonRpcError(rpcCode, message);
  }

  /** Headers of the answer. It closes the connection: the rest of the body is not read. */
  get headers(): Readonly<Record<string, string>> {
    return {
      connection: 'close',
      ...(this.statusCode === 503 && { 'retry-after': '5' }),
    };
  }
}

/** @param limit the exceeded limit @param most its value */
export function overLimit(limit: keyof BodyLimits, most: number): BodyRefusedError {
  const message = `Invalid Request: the body ${EXCEEDED[limit](most)}`;
  return new BodyRefusedError(400, message, JSON_RPC.invalidRequest);
}

const EXCEEDED = {
  nesting: (most) => `is nested more than ${most} levels deep`,
  values: (most) => `has more than ${most} values`,
  members: (most) => `has objects with more than ${most} members in all`,
} satisfies Record<keyof BodyLimits, (most: number) => string>;

/**
 * Answers a refused body once the client has sent it, since an earlier answer may be lost when the
 * connection is closed. The rest of the body is read and dropped, for two seconds at most; a body
 * that is too slow or does not fit in memory is answered at once.
 */
export function afterBody(request: IncomingMessage, error: unknown, answer: () => void): void {
  const isWorthWaiting = error instanceof BodyRefusedError && error.statusCode === 400;
  if (!isWorthWaiting || request.complete || request.destroyed) return answer();
  const finish = (): void => {
    clearTimeout(timer);
    request.off('end', finish).off('close', finish);
    answer();
  };
  const timer = setTimeout(finish, MAX_WAIT_MS).unref();
  request.once('end', finish).once('close', finish).resume();
}

const MAX_WAIT_MS = 2_000;
