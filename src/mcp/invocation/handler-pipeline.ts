import { HttpException, Injectable, IntrinsicException, Logger } from '@nestjs/common';
import { type MaybePromise, settle, catchError } from '../../request/value-or-promise.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type { InputPipe } from '../authoring/schema.js';
import type { HandlerHost, HandlerRunner } from './declared-handler.js';
import { HandlerBinder } from './handler-binder.js';
import { isForCaller } from './handler-failure.js';
import type { McpExchange } from './mcp-exchange.js';
import { SealedReply } from './sealed-reply.js';
import { logFailure } from '../../request/log-failure.js';

/**
 * Runs an entry the way Nest runs a route: guards, interceptors, pipes, the method, filters.
 * Synchronous unless something in it is asynchronous.
 */
export type Run<R> = (
  input: unknown,
  exchange: McpExchange,
  context: McpContext,
) => MaybePromise<R>;

/** The handler that a pipeline runs. */
interface PipelineTarget {
  readonly host: HandlerHost;
  readonly method: string;
  readonly source: string;
  /** Validates the input. */
  readonly inputPipe?: InputPipe | undefined;
}

/** Converts what a handler returns or throws to a result of the protocol. */
interface ResultMapping<R> {
  /** May throw an error of the protocol. */
  readonly toFailure: (error: unknown, context: McpContext) => MaybePromise<R>;
  readonly toResult: (
    returned: unknown,
    input: unknown,
    context: McpContext,
    exchange: McpExchange,
  ) => MaybePromise<R>;
}

/** Creates the pipelines of handlers. */
@Injectable()
export class HandlerPipelineFactory {
  private readonly logger = new Logger('McpHandler');

  constructor(private readonly binder: HandlerBinder) {}

  create<R>(
    { host, method, source, inputPipe }: PipelineTarget,
    { toResult, toFailure }: ResultMapping<R>,
  ): Run<R> {
    const runnerFor = this.binder.bind(host, method, inputPipe);
    const fail = (error: unknown, context: McpContext): MaybePromise<R> => {
      this.report(source, error);
      return toFailure(error, context);
    };
    return (input, exchange, context) => {
      const failed = (error: unknown): MaybePromise<R> => fail(error, context);
      const thrown = (error: unknown): MaybePromise<R> =>
        isLoggedByNest(error) ? toFailure(error, context) : failed(error);
      // One seal per call: the calls of a batch share an exchange.
      const reply = new SealedReply(exchange);
      const convert = (returned: unknown): MaybePromise<R> =>
        catchError(() => {
          assertNotAnswered(reply, returned);
          return toResult(returned, input, context, exchange);
        }, failed);
      const run = (runner: HandlerRunner): MaybePromise<R> =>
        settle(() => runner(exchange.request, reply, input, context), thrown, convert);
      return settle(() => runnerFor(exchange.request), failed, run);
    };
  }

  private report(source: string, error: unknown): void {
    if (isForCaller(error)) return;
    logFailure(this.logger, `${source} failed`, error);
  }
}

/** Nest logs errors that are neither HTTP nor intrinsic exceptions where they are thrown. */
function isLoggedByNest(error: unknown): boolean {
  return error instanceof Error && !(error instanceof IntrinsicException);
}

/** A filter of the application may answer on the reply, as over HTTP, instead of returning. */
function assertNotAnswered(reply: SealedReply, returned: unknown): void {
  const { answer } = reply;
  if (reply.isView(returned))
    throw new Error('A handler, interceptor or filter returned the reply.');
  if (!answer || (returned !== undefined && returned !== null)) return;
  const { body, status } = answer;
  throw new HttpException(typeof body === 'object' && body ? body : String(body ?? ''), status);
}
