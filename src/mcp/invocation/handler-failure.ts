import { HttpException, IntrinsicException } from '@nestjs/common';
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type CallToolResult,
} from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access-refused.error.js';
import { describeOutage } from '../../access/refusal.js';
import { failureMeta } from './failure-meta.js';
import { noteCause } from './failure-cause.js';
import { isWritable } from './writable.js';

/**
 * What a failed call tells the model. What the caller caused is said; a bug is not, its stack is for
 * the log. Errors of the protocol itself go through as they are.
 *
 * @throws {ProtocolError} becomes a JSON-RPC error
 */
export function toToolFailure(error: unknown): CallToolResult {
  if (isOfProtocol(error)) throw error;
  const content: CallToolResult['content'] = [{ type: 'text', text: describe(error) }];
  const _meta = isToldOf(error) && failureMeta(error);
  return noteCause({ content, isError: true, ...(_meta && { _meta }) }, error);
}

/** Whether the caller learns what happened: from what it caused, and that a service is away. */
function isToldOf(error: unknown): boolean {
  return isForCaller(error) || (error instanceof HttpException && error.getStatus() === 503);
}

/**
 * What a failed read, prompt or completion tells the client: an error of the protocol.
 *
 * @param uri of the resource that was read, which a 404 of the handler says is not there
 * @throws {ProtocolError} always
 */
export function throwProtocolFailure(error: unknown, uri?: string): never {
  if (isOfProtocol(error)) throw error;
  if (uri !== undefined && error instanceof HttpException && error.getStatus() === 404) {
    throw noteCause(new ResourceNotFoundError(uri), error);
  }
  const code = isForCaller(error)
    ? ProtocolErrorCode.InvalidParams
    : ProtocolErrorCode.InternalError;
  throw noteCause(new ProtocolError(code, describe(error)), error);
}

/** Whether the message of an error is meant for the caller. */
export function isForCaller(error: unknown): boolean {
  if (isOfProtocol(error)) return true;
  if (error instanceof HttpException) return error.getStatus() < 500;
  return error instanceof IntrinsicException;
}

/** One whose data cannot be sent is a bug like any other. */
function isOfProtocol(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && isWritable(error.data);
}

function describe(error: unknown): string {
  if (error instanceof AccessRefusedError) return describeRefusal(error);
  if (!isForCaller(error) || !(error instanceof Error)) {
    return error instanceof HttpException && error.getStatus() === 503 ? UNAVAILABLE : INTERNAL;
  }
  return error instanceof HttpException ? describeHttp(error) : error.message;
}

/** A validation pipe keeps its findings in the response body, not in the message. */
function describeHttp(error: HttpException): string {
  const body = error.getResponse();
  const details: unknown = isObject(body) ? Reflect.get(body, 'message') : body;
  if (typeof details === 'string') return details;
  return Array.isArray(details) ? details.map(String).join('; ') : error.message;
}

function describeRefusal({ refusal }: AccessRefusedError): string {
  switch (refusal.reason) {
    case 'forbidden':
    case 'invalid_token':
      return refusal.description;
    case 'insufficient_scope':
      return `This needs the OAuth scopes ${refusal.scopes.join(', ')}. Authorize again with them.`;
    case 'reverification':
      return 'This needs a user who has verified lately. Verify again and repeat the call.';
    case 'unavailable':
      return `${describeOutage(refusal)} Try again in ${refusal.retryAfter} seconds.`;
    case 'too_many_requests':
      return `Too many requests. Try again in ${refusal.retryAfter} seconds.`;
    case 'unauthenticated':
      return 'This needs a signed-in user. Sign in and try again.';
    case 'token_expired':
      return 'The access token has expired. Refresh it and try again.';
    case 'misconfigured':
      return INTERNAL;
  }
}

/** What a 503 says is for the log; that a retry makes sense is for the caller. */
const UNAVAILABLE = 'Something that this needs cannot be reached. Try again later.';
const INTERNAL = 'Internal error. The log of the server says more.';

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
