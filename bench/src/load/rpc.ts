export type Era = 'modern' | 'legacy';

export interface RpcRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const MODERN = '2026-07-28';
export const LEGACY = '2025-11-25';

/** One JSON-RPC request as a client of the era sends it. */
export function rpcRequest(
  era: Era,
  message: { readonly id: number; readonly method: string; readonly params: object },
  {
    token,
    session,
  }: { readonly token?: string | null | undefined; readonly session?: string | undefined },
): RpcRequest {
  const { id, method, params } = message;
  const isModern = era === 'modern';
  const name: unknown = Reflect.get(params, 'name') ?? Reflect.get(params, 'uri');
  const meta: unknown = Reflect.get(params, '_meta');
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(typeof token === 'string' && { authorization: `Bearer ${token}` }),
      ...(session !== undefined && { 'mcp-session-id': session }),
      ...(method !== 'initialize' && { 'mcp-protocol-version': isModern ? MODERN : LEGACY }),
      ...(isModern && { 'mcp-method': method }),
      ...(isModern && typeof name === 'string' && { 'mcp-name': name }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method,
      params: isModern ? { ...params, _meta: { ...ENVELOPE, ...Object(meta) } } : params,
    }),
  };
}

/** The JSON-RPC message of an answer: the body, or the last event of a stream. */
export function readRpc(text: string): RpcAnswer | undefined {
  const events = text.split('\n').filter((line) => line.startsWith('data: {'));
  const json = events.at(-1)?.slice('data: '.length) ?? text;
  try {
    return JSON.parse(json) as RpcAnswer;
  } catch {
    return undefined;
  }
}

export interface RpcAnswer {
  readonly id?: unknown;
  /** Of JSON-RPC; a text in a refusal of OAuth. */
  readonly error?: { readonly code?: number } | string;
  readonly result?: {
    readonly content?: readonly { readonly text?: string }[];
    readonly structuredContent?: Readonly<Record<string, unknown>>;
    readonly tools?: readonly unknown[];
    readonly contents?: readonly { readonly text?: string }[];
    readonly messages?: readonly unknown[];
    readonly completion?: { readonly values: readonly string[] };
    readonly supportedVersions?: readonly string[];
    readonly protocolVersion?: string;
    readonly isError?: boolean;
  };
}

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
};
