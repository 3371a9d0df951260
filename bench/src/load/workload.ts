import type { Era, RpcAnswer } from './rpc.js';

/** What is asked of a server, again and again, and what a right answer is. */
export interface Workload {
  readonly name: string;
  readonly era: Era;
  /** A new request for each number. */
  readonly message: (n: number) => { readonly method: string; readonly params: object };
  /** Whether the answer need not carry the id of the request, which a prepared one cannot. */
  readonly anyId?: boolean;
  /** Whether this answers that request. */
  readonly isRight: (answer: RpcAnswer, n: number) => boolean;
}

/** A protected call of `echo` with structured output. */
export function echoCall(era: Era, bytes = 32): Workload {
  const message = (n: number): string => `${n} `.padEnd(bytes, 'message ');
  return {
    name: `tools/call, ${era === 'modern' ? '2026-07-28' : '2025-11-25 on a session'}${bytes > 1_000 ? `, ${bytes} bytes` : ''}`,
    era,
    message: (n) => ({
      method: 'tools/call',
      params: { name: 'echo', arguments: { message: message(n) } },
    }),
    isRight: ({ result }, n) => {
      const structured = result?.structuredContent ?? parse(result?.content?.[0]?.text);
      return !result?.isError && structured['message'] === message(n);
    },
  };
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
