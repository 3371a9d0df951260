import {
  type ServerContext,
  type McpServer,
  type RequestStateCodec,
  ProtocolError,
  ProtocolErrorCode,
  isInputRequiredResult,
  type CallToolResult,
} from '@modelcontextprotocol/server';
import { type McpExchange } from '../invocation/mcp-exchange.js';
import type { CatalogTool } from '../catalog/catalog-entry.js';
import { McpContext } from '../authoring/mcp-context.js';
import { toWireResult } from '../invocation/tool-result.js';
import type { LiveTask } from './live-task.js';
import type { TaskOutcome } from './task-endings.js';
import { assertAskable, type InputResponses } from './task-input.js';
import { declaredCapabilities } from './tasks-extension.js';

/** Runs the handler of a call, from the call itself into the task that it becomes. */
export class TaskExecution {
  readonly controller = new AbortController();
  /** Told once, when the call has become a task. */
  onstart: ((task: LiveTask) => void) | undefined;
  #task: LiveTask | undefined;
  #starting: Promise<LiveTask> | undefined;
  #answers: InputResponses | undefined;
  #state: unknown;

  /** @param open makes the task, once */
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

  /** Makes the call a task; the same one, however often it is called. */
  async start(): Promise<LiveTask> {
    this.#starting ??= this.become();
    return this.#starting;
  }

  /**
   * Calls the handler, and again with each set of answers while it asks for input inside its task.
   *
   * @returns what it gave back at last; what it asks before the task is for the call to answer
   * @throws {ProtocolError} the handler failed with an error of the protocol, or asked wrongly
   */
  async run(): Promise<TaskOutcome> {
    for (;;) {
      const outcome = await this.invoke();
      const task = this.#task;
      if (!isInputRequiredResult(outcome)) return this.project(outcome);
      if (!task) return outcome;
      const { inputRequests = {}, requestState } = outcome;
      if (Object.keys(inputRequests).length === 0) throw asksNothing();
      assertAskable(inputRequests, declaredCapabilities(this.call.sdkContext));
      this.#answers = await task.ask(inputRequests);
      this.#state = requestState === undefined ? undefined : JSON.parse(requestState);
    }
  }

  private async become(): Promise<LiveTask> {
    const { signal } = this.controller;
    signal.throwIfAborted();
    const task = await this.open(this);
    if (signal.aborted) {
      // Nobody is there to take the task.
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
      sdkContext: this.serving(),
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

  /** What the SDK knows of the call, save what a task changes: it outlives the exchange. */
  private serving(): ServerContext {
    const { sdkContext } = this.call;
    const { mcpReq } = sdkContext;
    const task = (): LiveTask | undefined => this.#task;
    const state = this.#state;
    return {
      ...sdkContext,
      mcpReq: {
        ...mcpReq,
        signal: this.controller.signal,
        // Progress is the status of a task, whether or not the client asked the call for it.
        get _meta() {
          const progressToken = task()?.task.id;
          return { ...mcpReq._meta, ...(progressToken !== undefined && { progressToken }) };
        },
        ...(this.#answers && {
          inputResponses: this.#answers as typeof mcpReq.inputResponses & {},
        }),
        requestState: <T>() => state as T, // What the handler left is what it says it is.
        notify: async (notification) => {
          if (!task()) return mcpReq.notify(notification);
          const message = messageOf(notification.params);
          if (message !== undefined) await task()?.note(message);
        },
        log: async (...entry) => {
          if (!task()) await mcpReq.log(...entry);
        },
      },
    };
  }

  /** Inside a task, what a round leaves for the next one never leaves the server. */
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

/** The words of a progress notification. */
function messageOf(params: Record<string, unknown> = {}): string | undefined {
  const { message, progress, total } = params;
  if (typeof message === 'string') return message;
  if (typeof progress !== 'number') return undefined;
  return typeof total === 'number' ? `${progress} of ${total}` : `${progress}`;
}

function asksNothing(): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InternalError,
    'The task left a state and asked nothing, so that nobody would go on with it.',
  );
}

/** A call of a tool that may become a task. */
export interface TaskCall {
  readonly tool: CatalogTool;
  readonly input: unknown;
  readonly exchange: McpExchange;
  readonly sdkContext: ServerContext;
  readonly server: McpServer;
  /** Signs what the call leaves with the client, as long as it is no task. */
  readonly states: RequestStateCodec;
}
