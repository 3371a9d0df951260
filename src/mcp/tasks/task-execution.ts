import {
  type ServerContext,
  type McpServer,
  type RequestStateCodec,
  ProtocolError,
  ProtocolErrorCode,
  isInputRequiredResult,
  type CallToolResult,
} from '@modelcontextprotocol/server';
import { McpContext } from '../authoring/mcp-context.js';
import type { CatalogTool } from '../catalog/catalog-entry.js';
import { type McpExchange } from '../invocation/mcp-exchange.js';
import { toWireResult } from '../invocation/tool-result.js';
import type { LiveTask } from './live-task.js';
import type { TaskOutcome } from './task-endings.js';
import { assertAskable, type InputResponses } from './task-input.js';
import { declaredCapabilities } from './tasks-extension.js';

/** Runs the handler of a call, before and after the call becomes a task. */
export class TaskExecution {
  readonly controller = new AbortController();
  /** Called once, when the call has become a task. */
  onstart: ((task: LiveTask) => void) | undefined;
  #task: LiveTask | undefined;
  #starting: Promise<LiveTask> | undefined;
  #answers: InputResponses | undefined;
  #state: unknown;

  /** @param open creates the task; called once */
  constructor(
    private readonly call: TaskCall,
    private readonly open: (execution: TaskExecution) => Promise<LiveTask>,
  ) {
    const { mcpReq } = call.sdkContext;
    this.#answers = mcpReq.inputResponses;
    this.#state = mcpReq.requestState();
    mcpReq.signal.addEventListener('abort', this.#disconnected, { once: true });
    if (mcpReq.signal.aborted) this.#disconnected();
  }

  /** Makes the call a task. Further calls return the same task. */
  async start(): Promise<LiveTask> {
    this.#starting ??= this.createTask();
    return this.#starting;
  }

  /**
   * Calls the handler, and again with each set of answers that its task gets.
   *
   * @returns the result; also a question, if the handler asks before the call has become a task
   * @throws {ProtocolError} the handler failed with an error of the protocol, or asked an invalid
   *   question
   */
  async run(): Promise<TaskOutcome> {
    for (;;) {
      const outcome = await this.invoke();
      const task = this.#task;
      if (!isInputRequiredResult(outcome)) return this.project(outcome);
      if (!task) return outcome;
      const { inputRequests = {}, requestState } = outcome;
      if (Object.keys(inputRequests).length === 0) throw noQuestion();
      assertAskable(inputRequests, declaredCapabilities(this.call.sdkContext));
      this.#answers = await task.ask(inputRequests);
      this.#state = requestState === undefined ? undefined : JSON.parse(requestState);
    }
  }

  private async createTask(): Promise<LiveTask> {
    const { signal } = this.controller;
    signal.throwIfAborted();
    const task = await this.open(this);
    if (signal.aborted) {
      // The client has disconnected and would never learn the id of the task.
      await task.settle({ status: 'cancelled' });
      throw signal.reason;
    }
    this.call.sdkContext.mcpReq.signal.removeEventListener('abort', this.#disconnected);
    this.#task = task;
    this.onstart?.(task);
    return task;
  }

  private async invoke(): Promise<TaskOutcome> {
    const { tool, input, exchange, server } = this.call;
    const context = new McpContext({
      caller: exchange,
      server,
      sdkContext: this.createSdkContext(),
      states: this.states(),
      target: tool.key,
      task: {
        id: () => this.#task?.task.id,
        start: async () => (await this.start()).task.id,
      },
    });
    return toWireResult(await tool.call(input, exchange, context));
  }

  private project(result: CallToolResult): CallToolResult {
    const { server, tool } = this.call;
    return server.server.projectCallToolResult(result, tool.definition.outputSchema);
  }

  /** The context of the SDK, changed for a task, which outlives the exchange. */
  private createSdkContext(): ServerContext {
    const { sdkContext } = this.call;
    const { mcpReq } = sdkContext;
    const task = (): LiveTask | undefined => this.#task;
    const state = this.#state;
    return {
      ...sdkContext,
      mcpReq: {
        ...mcpReq,
        signal: this.controller.signal,
        // Inside a task, progress is its status message, even if the client did not ask for
        // progress.
        get _meta() {
          const progressToken = task()?.task.id;
          return { ...mcpReq._meta, ...(progressToken !== undefined && { progressToken }) };
        },
        ...(this.#answers && {
          inputResponses: this.#answers as typeof mcpReq.inputResponses & {},
        }),
        requestState: <T>() => state as T, // The handler itself wrote the state.
        notify: async (notification) => {
          if (!task()) return mcpReq.notify(notification);
          const message = messageOf(notification.params);
          if (message !== undefined) await task()?.setStatusMessage(message);
        },
        log: async (...entry) => {
          if (!task()) await mcpReq.log(...entry);
        },
      },
    };
  }

  /** Inside a task the state of a round stays in this process, and is not signed. */
  private states(): RequestStateCodec {
    const { states, sdkContext } = this.call;
    return {
      mint: async (payload) =>
        this.#task ? JSON.stringify(payload) : states.mint(payload, sdkContext),
      verify: (state) => states.verify(state, sdkContext),
    };
  }

  readonly #disconnected = (): void => {
    this.controller.abort(this.call.sdkContext.mcpReq.signal.reason);
  };
}

/** The text of a progress notification. */
function messageOf(params: Record<string, unknown> = {}): string | undefined {
  const { message, progress, total } = params;
  if (typeof message === 'string') return message;
  if (typeof progress !== 'number') return undefined;
  return typeof total === 'number' ? `${progress} of ${total}` : `${progress}`;
}

function noQuestion(): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InternalError,
    'The handler returned a state without a question, so that the task could never continue.',
  );
}

/** A call of a tool that may become a task. */
export interface TaskCall {
  readonly tool: CatalogTool;
  readonly input: unknown;
  readonly exchange: McpExchange;
  readonly sdkContext: ServerContext;
  readonly server: McpServer;
  /** Signs the state of the call for the client, until the call becomes a task. */
  readonly states: RequestStateCodec;
}
