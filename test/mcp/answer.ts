import { rpc, type RpcOptions } from './fixtures.js';

/** What a request was answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: any };
}

/** Sends a request as `alice`, or as told; `as: ''` is nobody. */
export async function ask(
  url: string,
  method: string,
  params: Record<string, unknown> = {},
  { as = 'alice', ...options }: RpcOptions = {},
): Promise<Answer> {
  const caller = as === '' ? {} : { as };
  return answerOf(await rpc(url, method, params, { ...caller, ...options }));
}

/** The answer in a response: JSON, or the last message of a stream that ends. */
export async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const streamed = headers.get('content-type')?.startsWith('text/event-stream');
  const json = streamed ? (messagesIn(text).at(-1) ?? {}) : JSON.parse(text || '{}');
  return { status, headers, ...json };
}

/** The messages of an event stream. */
export function messagesIn(stream: string): any[] {
  return [...stream.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data));
}

/** The `_meta` of a client of 2026-07-28 that can do this. */
export const able = (clientCapabilities: object) => ({
  _meta: { 'io.modelcontextprotocol/clientCapabilities': clientCapabilities },
});

/** Both eras, for tests that hold in each. */
export const ERAS = ['modern', 'legacy'] as const;
