import { HttpException, Injectable, Logger } from '@nestjs/common';
import { ContextIdFactory, ExternalContextCreator, ModuleRef } from '@nestjs/core';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { McpSchema } from '../catalog/schema.js';
import type { ToolHost } from '../catalog/tool-host.js';
import { CONTEXT_PARAMETER, INPUT_PARAMETER, TOOL_PARAMETERS } from '../catalog/tool-parameters.js';
import type { McpContext } from './mcp-context.js';
import type { McpExchange } from './mcp-exchange.js';
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

/** Execution context type of a tool call, as `ExecutionContext.getType()` answers it. */
export const MCP_CONTEXT_TYPE = 'mcp';

/**
 * Builds the pipeline of a tool. Its arguments are `[request, reply, input, context]`, so that
 * `switchToHttp().getRequest()` of an ordinary guard finds the HTTP request.
 */
@Injectable()
export class ToolPipelineFactory {
  private readonly logger = new Logger('McpTool');

  constructor(
    private readonly contexts: ExternalContextCreator,
    private readonly moduleRef: ModuleRef,
  ) {}

  create(target: PipelineTarget): ToolPipeline {
    const run = this.runnerOf(target);
    return async (input, exchange, context) => {
      let returned: unknown;
      try {
        returned = await run(exchange.request, exchange.reply, input, context);
      } catch (error) {
        // Nest logs a plain error where it is thrown, and leaves an HTTP 5xx to its consumer.
        if (error instanceof HttpException && !isForCaller(error)) this.report(target, error);
        return toToolFailure(error);
      }
      try {
        return await toToolResult(target.source, target.output, returned);
      } catch (error) {
        this.report(target, error);
        return toToolFailure(error);
      }
    };
  }

  private runnerOf(target: PipelineTarget): Runner {
    const { wrapper } = target.host;
    if (wrapper.isDependencyTreeStatic()) return this.bind(target, wrapper.instance);
    return async (request, ...rest) => {
      const contextId = ContextIdFactory.getByRequest(request);
      this.moduleRef.registerRequestByContextId(request, contextId);
      const instance: object = await this.moduleRef.resolve(wrapper.token, contextId, {
        strict: false,
      });
      return this.bind(target, instance, contextId)(request, ...rest);
    };
  }

  private bind(target: PipelineTarget, instance: object, contextId?: ContextId): Runner {
    const { host, method } = target;
    const handler: Handler = Reflect.get(instance, method);
    return this.contexts.create(
      instance,
      handler,
      method,
      TOOL_PARAMETERS,
      {
        exchangeKeyForValue: (type: number, _data: unknown, args: RunnerArguments) =>
          valueOf(type, args),
      },
      contextId,
      contextId && host.wrapper.id,
      undefined,
      MCP_CONTEXT_TYPE,
    );
  }

  private report({ source }: PipelineTarget, error: unknown): void {
    const stack = error instanceof Error ? error.stack : String(error);
    this.logger.error(`${source} failed`, stack);
  }
}

type ContextId = ReturnType<typeof ContextIdFactory.create>;
type RunnerArguments = [request: object, reply: object, input: unknown, context: McpContext];
type Runner = (...args: RunnerArguments) => Promise<unknown>;
type Handler = (...args: unknown[]) => unknown;

function valueOf(type: number, [, , input, context]: RunnerArguments): unknown {
  if (type === INPUT_PARAMETER) return input;
  if (type === CONTEXT_PARAMETER) return context;
  return undefined;
}
