import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  type ClientCapabilities,
  type CreateMessageResult,
  type Implementation,
  type InputRequiredResult,
  type LoggingLevel,
  type Notification,
  type RequestStateCodec,
  type Root,
} from '@modelcontextprotocol/server';
import type { McpQuestion } from '../mcp/authoring/input-rounds.js';
import { McpContext, type TraceContext } from '../mcp/authoring/mcp-context.js';
import type { SdkContext, SdkPeer } from '../mcp/authoring/sdk-context.js';
import { MODERN } from '../mcp/protocol/revisions.js';
import type { Principal } from '../request/principal.js';
import type { UserAnswer } from './caller/questions.js';

/**
 * Makes an {@link McpContext} for a unit test of a handler, without an application and a client. It records
 * what the handler sends. Guards, schemas and `@Confirm()` belong to the application: test them with
 * `createMcpTest()`.
 *
 * @example
 * ```ts
 * const mcp = createMcpContext({ answers: { sure: { sure: true } } });
 * expect(await new NotesTools().clear({}, mcp.context)).toBe('Deleted');
 * ```
 */
export function createMcpContext(options: McpContextOptions = {}): McpTestContext {
  const sent: Sent = { progress: [], logs: [], asked: [], state: undefined, closedStream: false };
  const controller = new AbortController();
  const { signal } = options;
  const context = new RecordingContext(
    {
      caller: { principal: options.principal && principalOf(options.principal) },
      sdkContext: sdkContextOf(
        options,
        signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
        sent,
      ),
      server: peerOf(options),
      states: STATES,
      target: options.uri ?? TARGET,
      ...(options.uri !== undefined && { uri: options.uri }),
      ...(options.task && { task: taskOf(options.task) }),
    },
    sent,
  );
  return {
    context,
    progress: sent.progress,
    logs: sent.logs,
    asked: sent.asked,
    get state() {
      return sent.state;
    },
    get closedStream() {
      return sent.closedStream;
    },
    abort: (reason) => controller.abort(reason),
  };
}

/** Options of {@link createMcpContext}. */
export interface McpContextOptions {
  /**
   * The caller. Missing members have defaults: an OAuth token of a user, without scopes, that does not
   * expire; with a `subject` but no `userId`, of a machine. Default: an anonymous caller.
   */
  readonly principal?: Partial<Principal>;
  /** Answers of the user, by key: the fields of a form, `'accept'` for a page, `'decline'` or `'cancel'`. */
  readonly answers?: Readonly<Record<string, UserAnswer>>;
  /** Answers of the client's model, by key. */
  readonly samples?: Readonly<Record<string, CreateMessageResult>>;
  /** The client's roots, by key. */
  readonly roots?: Readonly<Record<string, readonly Root[]>>;
  /** What an earlier round passed to `ask(…, state)`. Default: this is the first round. */
  readonly state?: unknown;
  /** What the client says about itself. Default: `{ name: 'test', version: '1.0.0' }`. */
  readonly client?: Implementation;
  /** Default: elicitation by form and by URL, sampling, roots. */
  readonly capabilities?: ClientCapabilities;
  /** Default: `2026-07-28`. */
  readonly protocolVersion?: string;
  /** Default: none. */
  readonly sessionId?: string;
  /** Default: 1. */
  readonly requestId?: string | number;
  /** `false` for a client that does not ask for progress. Default: 1. */
  readonly progressToken?: string | number | false;
  /** URI of the resource that is read. Default: none, as for a tool. */
  readonly uri?: string;
  /** Default: none. */
  readonly trace?: TraceContext;
  /** `running`: the call is a task; `possible`: `startTask()` makes it one. Default: neither. */
  readonly task?: 'running' | 'possible';
  /** Aborts the call, as `abort()` does. */
  readonly signal?: AbortSignal;
}

/** A context, and what its handler has sent. The lists grow while the handler runs. */
export interface McpTestContext {
  /** To pass to the handler. */
  readonly context: McpContext;
  readonly progress: readonly ReportedProgress[];
  readonly logs: readonly LoggedMessage[];
  /** The questions, in order. */
  readonly asked: readonly KeyedQuestion[];
  /** The state that the last question keeps, for a context of the next round. */
  readonly state: unknown;
  /** Whether the handler called `closeStream()`. */
  readonly closedStream: boolean;
  /** Aborts the call, as a client does that cancels it or disconnects. */
  abort(reason?: unknown): void;
}

/** A call of `context.progress()`. */
export interface ReportedProgress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** A call of `context.log()`. The level that the client asked for does not matter here. */
export interface LoggedMessage {
  readonly level: LoggingLevel;
  readonly data: unknown;
  readonly logger?: string;
}

/** A question of the handler, with its key. */
export type KeyedQuestion = McpQuestion & { readonly key: string };

interface Sent {
  readonly progress: ReportedProgress[];
  readonly logs: LoggedMessage[];
  readonly asked: KeyedQuestion[];
  state: unknown;
  closedStream: boolean;
}

class RecordingContext extends McpContext {
  constructor(
    parts: ConstructorParameters<typeof McpContext>[0],
    private readonly sent: Sent,
  ) {
    super(parts);
  }

  /** The other questions are asked through this one. */
  override ask(
    questions: Readonly<Record<string, McpQuestion>>,
    state?: unknown,
  ): Promise<InputRequiredResult> {
    for (const [key, question] of Object.entries(questions)) {
      this.sent.asked.push({ ...question, key });
    }
    this.sent.state = state;
    return super.ask(questions, state);
  }
}

function principalOf(principal: Partial<Principal>): Principal {
  const { userId = 'user_test' } = principal;
  return {
    tokenType: 'oauth_token',
    issuer: 'https://clerk.test',
    subject: principal.subject ?? userId,
    // A machine has a subject, and no user.
    ...(principal.subject === undefined && { userId }),
    scopes: [],
    expiresAt: Infinity,
    claims: {},
    ...principal,
  };
}

function sdkContextOf(options: McpContextOptions, signal: AbortSignal, sent: Sent): SdkContext {
  const { progressToken = 1, protocolVersion = MODERN, sessionId, state } = options;
  const kept = state === undefined ? undefined : { target: options.uri ?? TARGET, state };
  const meta = {
    ...options.trace,
    ...(progressToken !== false && { progressToken }),
  };
  return {
    ...(sessionId !== undefined && { sessionId }),
    mcpReq: {
      id: options.requestId ?? 1,
      method: options.uri === undefined ? 'tools/call' : 'resources/read',
      inputResponses: responsesOf(options),
      // The test gave the state for the handler, which knows its type.
      requestState: <T>() => kept as T,
      signal,
      _meta: meta,
      envelope: {
        [PROTOCOL_VERSION_META_KEY]: protocolVersion,
        [CLIENT_INFO_META_KEY]: options.client ?? CLIENT,
        [CLIENT_CAPABILITIES_META_KEY]: options.capabilities ?? CAPABILITIES,
      },
      notify: async (notification) => {
        const reported = progressIn(notification);
        if (reported) sent.progress.push(reported);
      },
      log: async (level, data, logger) => {
        sent.logs.push({ level, data, ...(logger !== undefined && { logger }) });
      },
    },
    http: {
      closeSSE: () => {
        sent.closedStream = true;
      },
    },
  };
}

/** Answers in the form in which a client sends them. */
function responsesOf({ answers = {}, samples = {}, roots = {} }: McpContextOptions) {
  return {
    ...mapped(answers, (answer) =>
      typeof answer === 'string'
        ? { action: answer }
        : { action: 'accept' as const, content: { ...answer } },
    ),
    ...samples,
    ...mapped(roots, (list) => ({ roots: [...list] })),
  };
}

function mapped<T, R>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function progressIn({ params = {} }: Notification): ReportedProgress | undefined {
  const { progress, total, message } = params;
  if (typeof progress !== 'number') return undefined;
  return {
    progress,
    ...(typeof total === 'number' && { total }),
    ...(typeof message === 'string' && { message }),
  };
}

function peerOf(options: McpContextOptions): SdkPeer {
  return {
    server: {
      getClientVersion: () => options.client ?? CLIENT,
      getClientCapabilities: () => options.capabilities ?? CAPABILITIES,
      getNegotiatedProtocolVersion: () => options.protocolVersion ?? MODERN,
    },
  };
}

function taskOf(task: 'running' | 'possible') {
  let isStarted = task === 'running';
  return {
    id: () => (isStarted ? TASK_ID : undefined),
    start: async () => {
      isStarted = true;
      return TASK_ID;
    },
  };
}

/** The state stays in the test, and is readable in the result. */
const STATES: RequestStateCodec = {
  mint: async (payload) => JSON.stringify(payload),
  verify: async (state) => JSON.parse(state),
};

const CLIENT: Implementation = { name: 'test', version: '1.0.0' };
const CAPABILITIES: ClientCapabilities = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: {},
};
const TARGET = 'test';
const TASK_ID = 'task_test';
