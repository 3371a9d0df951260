import { HttpException, IntrinsicException } from '@nestjs/common';
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type CallToolResult,
} from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import { describeOutage } from '../../access/refusal.js';
import { isWritable } from './tool-result.js';

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

/** Key in `_meta` of a failed result: `{ code, retryAfter? }`, in seconds. */
export const ERROR_META_KEY = 'nestjs-clerk-mcp/error';

/** What a program may go by: the stable `code` of an error, where it has one. */
export function failureMeta(error: unknown): Record<string, unknown> | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, retryAfter } = error instanceof AccessRefusedError ? codeOf(error) : coded(error);
  if (typeof code !== 'string') return undefined;
  return { [ERROR_META_KEY]: { code, ...(typeof retryAfter === 'number' && { retryAfter }) } };
}

interface Coded {
  readonly code?: unknown;
  readonly retryAfter?: unknown;
}

function coded(error: Error & Coded): Coded {
  return error;
}

function codeOf({ refusal }: AccessRefusedError): Coded {
  return {
    code: refusal.reason,
    ...('retryAfter' in refusal && { retryAfter: refusal.retryAfter }),
  };
}

/**
 * Notes what made a call fail, beside what the client is told of it.
 *
 * @returns the failure
 */
export function noteCause<F extends object>(failure: F, cause: unknown): F {
  CAUSES.set(failure, cause);
  return failure;
}

/** What made a call fail whose result, or error of the protocol, this is. */
export function causeOf(failure: object): unknown {
  return CAUSES.get(failure);
}

const CAUSES = new WeakMap<object, unknown>();
