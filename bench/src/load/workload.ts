import type { Era, RpcAnswer } from './rpc.js';

/** What is asked of a server, again and again, and what a right answer is. */
export interface Workload {
  readonly name: string;
  readonly era: Era;
  /** The status of a right answer. Default: 200. */
  readonly status?: number;
  /** Instead of the tokens of the load: a token that is refused, or `null` for none. */
  readonly token?: string | null;
  /** Sends the arguments of the call alone, to a route of this path that is no MCP endpoint. */
  readonly route?: string;
  /** Whether each request opens a session, so that none is opened before. */
  readonly opensSession?: boolean;
  /** A new request for each number. */
  readonly message: (n: number) => { readonly method: string; readonly params: object };
  /** Whether the answer need not carry the id of the request, which a prepared one cannot. */
  readonly anyId?: boolean;
  /** Whether this answers that request. */
  readonly isRight: (answer: RpcAnswer, n: number) => boolean;
}

/** A protected call of `echo` with structured output. */
export function echoCall(era: Era, { bytes = 32, ...more }: EchoOptions = {}): Workload {
  const message = (n: number): string => `${n} `.padEnd(bytes, 'message ');
  return {
    name: `tools/call, ${era === 'modern' ? '2026-07-28' : '2025-11-25 on a session'}${bytes > 1_000 ? `, ${bytes} bytes` : ''}`,
    era,
    message: (n) => ({
      method: 'tools/call',
      params: { name: 'echo', arguments: { message: message(n), ...more.arguments } },
    }),
    isRight: (answer, n) => !answer.result?.isError && messageOf(answer) === message(n),
  };
}

export interface EchoOptions {
  /** Length of the message. Default: 32. */
  readonly bytes?: number;
  /** Arguments beside the message. */
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** The message that was said back, by a tool or by a route. */
function messageOf(answer: RpcAnswer): unknown {
  const { result } = answer;
  if (!result) return Reflect.get(answer, 'message');
  return (result.structuredContent ?? parse(result.content?.[0]?.text))['message'];
}

export function listCall(era: Era, tools: number): Workload {
  return {
    name: `tools/list of ${tools}`,
    era,
    message: () => ({ method: 'tools/list', params: {} }),
    isRight: ({ result }) => result?.tools?.length === tools,
  };
}

function parse(text = '{}'): Readonly<Record<string, unknown>> {
  return JSON.parse(text) as Record<string, unknown>;
}
