import type { Answer, Attacker } from './attacker.js';

/** One way to misuse the service. */
export interface Attack {
  readonly name: string;
  /** Who can do it. Default: anybody. */
  readonly who?: 'anonymous' | 'signed in';
  /** What one go takes of the limit of requests. Default: 1. */
  readonly requests?: number;
  /** Whether one go is a failed authentication, of which an address may have few. */
  readonly fails?: boolean;
  /**
   * One go. What it leaves open is held by the attacker.
   *
   * @returns the answer to its last request; nothing where none is waited for
   */
  readonly go: (attacker: Attacker, n: number) => Promise<Answer | undefined>;
}

/** A body that is sent again and again is made once: when it is first sent, or by {@link makeBodies}. */
export function made(make: () => string): () => Buffer {
  let body: Buffer | undefined;
  const get = () => (body ??= Buffer.from(make()));
  BODIES.push(get);
  return get;
}

/** Makes all bodies, so that none is made while the attack is on. */
export function makeBodies(): void {
  for (const body of BODIES) body();
}

const BODIES: (() => Buffer)[] = [];

/** A JSON-RPC request without an envelope, as clients of 2025 send it. */
export function rpc(method: string, params?: object, id: unknown = 1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** A JSON-RPC request with the envelope of 2026-07-28. */
export function modernRpc(method: string, params: object = {}): string {
  return rpc(method, { ...params, _meta: ENVELOPE });
}

/** The headers that go with {@link modernRpc}. */
export function modern(method: string, name?: string): Record<string, string> {
  return {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(name !== undefined && { 'mcp-name': name }),
  };
}

/** What a message leaves of the largest body that the service reads. */
export const LARGEST = 4 * 1024 * 1024 - 1_000;

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'hostile', version: '1.0.0' },
};
