import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type CallToolResult,
} from '@modelcontextprotocol/server';
import { HttpException, IntrinsicException } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import { describeOutage } from '../../access/refusal.js';
import { withoutStack } from '../../request/without-stack.js';
import type { McpContext } from '../authoring/mcp-context.js';
import { ConfirmationUnavailableError } from '../authoring/authoring.errors.js';
import { isWritable } from './tool-result.js';

/**
 * Converts an error to a failed result of a tool. The message of an error that the caller caused is
 * included, that of a bug is not. Errors of the protocol are thrown on.
 *
 * @param context of the call, if its handler ran
 * @throws {ProtocolError} becomes a JSON-RPC error
 */
export function toToolFailure(error: unknown, context?: McpContext): CallToolResult {
  if (isProtocolError(error)) throw error;
  if (error instanceof ConfirmationUnavailableError && context?.isModern) {
    const requiredCapabilities = { elicitation: { form: {} } };
    throw noteCause(
      new MissingRequiredClientCapabilityError({ requiredCapabilities }, error.message),
      error,
    );
  }
  const content: CallToolResult['content'] = [{ type: 'text', text: describe(error) }];
  const _meta = revealsCode(error) && failureMeta(error);
  return noteCause({ content, isError: true, ...(_meta && { _meta }) }, error);
}

/** Whether the caller gets the code of an error: of one that it caused, and of an outage. */
function revealsCode(error: unknown): boolean {
  return isForCaller(error) || (error instanceof HttpException && error.getStatus() === 503);
}

/**
 * Throws the error of the protocol for a failed read, prompt or completion.
 *
 * @param uri of the resource that was read: a 404 of its handler means that it does not exist
 * @throws {ProtocolError} always
 */
export function throwProtocolFailure(error: unknown, uri?: string): never {
  if (isProtocolError(error)) throw error;
  if (uri !== undefined && error instanceof HttpException && error.getStatus() === 404) {
    throw noteCause(new ResourceNotFoundError(uri), error);
  }
  const code = isForCaller(error)
    ? ProtocolErrorCode.InvalidParams
    : ProtocolErrorCode.InternalError;
  // The audit and the log have the cause, with its own stack.
  throw noteCause(
    withoutStack(() => new ProtocolError(code, describe(error))),
    error,
  );
}

/** Whether the message of an error is meant for the caller. */
export function isForCaller(error: unknown): boolean {
  if (isProtocolError(error)) return true;
  // 501: this server lacks something, and a retry does not help.
  if (error instanceof HttpException) return error.getStatus() < 500 || error.getStatus() === 501;
  return error instanceof IntrinsicException;
}

/** A protocol error whose data cannot be sent counts as a bug. */
function isProtocolError(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && isWritable(error.data);
}

function describe(error: unknown): string {
  if (error instanceof AccessRefusedError) return describeRefusal(error);
  if (!isForCaller(error) || !(error instanceof Error)) {
    return error instanceof HttpException && error.getStatus() === 503 ? UNAVAILABLE : INTERNAL;
  }
  return error instanceof HttpException ? describeHttp(error) : error.message;
}

/** A validation pipe puts its issues in the response body, not in the message. */
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

/** The message of a 503 is logged only; the caller learns that a retry makes sense. */
const UNAVAILABLE = 'A service that this call needs is unavailable. Try again later.';
const INTERNAL = 'Internal error. The log of the server has the details.';

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Key in `_meta` of a failed result: `{ code, retryAfter? }`, in seconds. */
const ERROR_META_KEY = 'nestjs-clerk-mcp/error';

/** The `_meta` of a failure, for programs: the stable `code` of the error, if it has one. */
function failureMeta(error: unknown): Record<string, unknown> | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, retryAfter } =
    error instanceof AccessRefusedError ? codeOfRefusal(error) : (error as Coded);
  if (typeof code !== 'string') return undefined;
  return { [ERROR_META_KEY]: { code, ...(typeof retryAfter === 'number' && { retryAfter }) } };
}

interface Coded {
  readonly code?: unknown;
  readonly retryAfter?: unknown;
}

function codeOfRefusal({ refusal }: AccessRefusedError): Coded {
  return {
    code: refusal.reason,
    ...('retryAfter' in refusal && { retryAfter: refusal.retryAfter }),
  };
}

/**
 * Remembers the cause of a failure for the audit; the client does not get it.
 *
 * @returns the failure
 */
function noteCause<F extends object>(failure: F, cause: unknown): F {
  CAUSES.set(failure, cause);
  return failure;
}

/** The cause of a failed result or an error of the protocol. */
export function causeOf(failure: object): unknown {
  return CAUSES.get(failure);
}

const CAUSES = new WeakMap<object, unknown>();
