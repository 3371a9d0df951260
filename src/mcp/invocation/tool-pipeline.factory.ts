import { HttpException, Injectable, IntrinsicException, Logger } from '@nestjs/common';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { McpSchema } from '../catalog/schema.js';
import type { ToolHost } from '../catalog/tool-host.js';
import type { McpContext } from './mcp-context.js';
import type { McpExchange } from './mcp-exchange.js';
import { SealedReply } from './sealed-reply.js';
import { ToolBinder, type ToolRunner } from './tool-binder.js';
import { isForCaller, toToolFailure } from './tool-failure.js';
import { toToolResult } from './tool-result.js';

/** Runs one tool the way Nest runs a route: guards, interceptors, pipes, the method, filters. */
export type ToolPipeline = (
  input: unknown,
  exchange: McpExchange,
  context: McpContext,
) => Promise<CallToolResult>;

/** What the pipeline must know of the tool it runs. */
export interface PipelineTarget {
  readonly host: ToolHost;
  readonly method: string;
  readonly source: string;
  readonly output: McpSchema | undefined;
}

/** Builds the pipeline of a tool: what Nest runs, between the input and the result on the wire. */
@Injectable()
export class ToolPipelineFactory {
  private readonly logger = new Logger('McpTool');

  constructor(private readonly binder: ToolBinder) {}

  create({ host, method, source, output }: PipelineTarget): ToolPipeline {
    const runnerFor = this.binder.bind(host, method);
    return async (input, exchange, context) => {
      let runner: ToolRunner;
      try {
        runner = await runnerFor(exchange.request);
      } catch (error) {
        return this.fail(source, error);
      }
      // One seal per call: the calls of a batch share an exchange.
      const reply = new SealedReply(exchange.reply);
      let returned: unknown;
      try {
        returned = await runner(exchange.request, reply.view, input, context);
      } catch (error) {
        return isLoggedByNest(error) ? toToolFailure(error) : this.fail(source, error);
      }
      try {
        assertNotAnswered(reply, returned);
        return await toToolResult(source, output, returned);
      } catch (error) {
        return this.fail(source, error);
      }
    };
  }

  private fail(source: string, error: unknown): CallToolResult {
    if (!isForCaller(error)) {
      this.logger.error(`${source} failed`, error instanceof Error ? error.stack : String(error));
    }
    return toToolFailure(error);
  }
}

/** Nest logs a plain error where it is thrown, and leaves everything else to its consumer. */
function isLoggedByNest(error: unknown): boolean {
  return error instanceof Error && !(error instanceof IntrinsicException);
}

/** A filter of the host may answer on the reply, as it would over HTTP, and return nothing. */
function assertNotAnswered({ answer, view }: SealedReply, returned: unknown): void {
  if (returned === view) throw new Error('A handler, interceptor or filter returned the reply.');
  if (!answer || (returned !== undefined && returned !== null)) return;
  const { body, status } = answer;
  throw new HttpException(typeof body === 'object' && body ? body : String(body ?? ''), status);
}
