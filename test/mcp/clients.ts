import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { onTestFinished } from 'vitest';

export type ClientMode = 'v1' | 'v2 legacy' | 'v2 auto' | 'v2 pinned';

/** Every official client in every mode it has, and the revision it ends up with. */
export const CLIENT_MODES = [
  ['v1', '2025-11-25'],
  ['v2 legacy', '2025-11-25'],
  ['v2 auto', '2026-07-28'],
  ['v2 pinned', '2026-07-28'],
] as const satisfies readonly (readonly [ClientMode, string])[];

/** What the official clients have in common, as far as the tests need it. */
export interface McpClient {
  readonly sessionId: string | undefined;
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(name: string, args?: object, options?: CallOptions): Promise<ToolOutcome>;
  ping(): Promise<unknown>;
  setLoggingLevel(level: 'debug' | 'info' | 'warning'): Promise<unknown>;
  onLog(listener: (data: unknown) => void): void;
  terminateSession(): Promise<void>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { progress: number; total?: number; message?: string }) => void;
  readonly _meta?: Record<string, unknown>;
}

export interface ToolOutcome {
  readonly content: { type: string; text?: string }[];
  readonly structuredContent?: any;
  readonly isError?: boolean;
}

/** A connected client of this user, closed when the running test ends. */
export async function connect(mode: ClientMode, url: string, as?: string): Promise<McpClient> {
  const info = { name: `client ${mode}`, version: '1.0.0' };
  const headers = as === undefined ? {} : { authorization: `Bearer ${as}` };
  const client =
    mode === 'v1'
      ? new ClientV1(info)
      : new Client(info, { versionNegotiation: { mode: negotiation(mode) } });
  const Transport = mode === 'v1' ? TransportV1 : StreamableHTTPClientTransport;
  const transport = new Transport(new URL(url), { requestInit: { headers } });
  // The two clients differ in types that the tests do not touch.
  const any = client as any;
  await any.connect(transport);
  onTestFinished(() => any.close());
  return {
    get sessionId() {
      return transport.sessionId;
    },
    listTools: () => any.listTools(),
    callTool: (name, args = {}, { _meta, ...options } = {}) => {
      const params = { name, arguments: args, ...(_meta && { _meta }) };
      return mode === 'v1'
        ? any.callTool(params, undefined, options)
        : any.callTool(params, options);
    },
    ping: () => any.ping(),
    setLoggingLevel: (level) => any.setLoggingLevel(level),
    onLog: (listener) => {
      any.fallbackNotificationHandler = async ({ method, params }: any) => {
        if (method === 'notifications/message') listener(params.data);
      };
    },
    terminateSession: () => transport.terminateSession(),
    close: () => any.close(),
  };
}

function negotiation(mode: ClientMode): 'legacy' | 'auto' | { pin: string } {
  if (mode === 'v2 pinned') return { pin: '2026-07-28' };
  return mode === 'v2 auto' ? 'auto' : 'legacy';
}
