import type { Type } from '@nestjs/common';
import { startMcpApp, type McpApp, type McpAppOptions } from '../fixtures.js';

/** A request as bytes: what a client puts on the wire. */
export interface WireRequest {
  readonly method?: 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer without what differs from one to the next by nature. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What both ways made of a request. */
export interface BothAnswers {
  readonly plain: WireAnswer;
  readonly sdk: WireAnswer;
  /** Whether the one that may answer directly did. */
  readonly wasDirect: boolean;
  /** The sessions that the answers name. */
  readonly opened: Sessions;
}

/** The same application twice: one answers plain exchanges directly, the other through the SDK. */
export class TwoWays {
  private constructor(
    private readonly plain: McpApp,
    private readonly sdk: McpApp,
  ) {}

  static async start(providers: readonly Type[], options: McpAppOptions = {}): Promise<TwoWays> {
    const [plain, sdk] = await Promise.all([
      startMcpApp(providers, { ...options, fastPath: true }),
      startMcpApp(providers, { ...options, fastPath: false }),
    ]);
    return new TwoWays(plain, sdk);
  }

  /** Opens a session of each; a request names it as `SESSION`. */
  async openSessions(request: WireRequest): Promise<Sessions> {
    const open = async ({ url }: McpApp) => {
      const response = await post(url, request);
      await response.text();
      return response.headers.get('mcp-session-id') ?? '';
    };
    return { plain: await open(this.plain), sdk: await open(this.sdk) };
  }

  async send(request: WireRequest, sessions: Sessions = NO_SESSIONS): Promise<BothAnswers> {
    const [plain, sdk] = await Promise.all([
      post(this.plain.url, inSession(request, sessions.plain)),
      post(this.sdk.url, inSession(request, sessions.sdk)),
    ]);
    return {
      plain: await read(plain, sessions.plain || openedBy(plain)),
      sdk: await read(sdk, sessions.sdk || openedBy(sdk)),
      opened: { plain: openedBy(plain), sdk: openedBy(sdk) },
      wasDirect: plain.headers.has('content-length') && !sdk.headers.has('content-length'),
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.plain.app.close(), this.sdk.app.close()]);
  }
}

export interface Sessions {
  readonly plain: string;
  readonly sdk: string;
}

const NO_SESSIONS: Sessions = { plain: '', sdk: '' };

function openedBy({ headers }: Response): string {
  return headers.get('mcp-session-id') ?? '';
}

function inSession(request: WireRequest, session: string): WireRequest {
  const { 'mcp-session-id': id, ...headers } = request.headers;
  if (id === undefined) return request;
  return { ...request, headers: { ...headers, 'mcp-session-id': id.replace('SESSION', session) } };
}

function post(url: string, { method = 'POST', headers, body }: WireRequest): Promise<Response> {
  return fetch(url, { method, headers, ...(body !== undefined && { body }) });
}

/** On a session the SDK makes a stream of every answer; its one message is what is compared. */
async function read(response: Response, session: string): Promise<WireAnswer> {
  const text = await response.text();
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) {
    if (!OF_CONNECTION.has(name) && !(session && OF_STREAM.has(name))) headers[name] = value;
  }
  if (session && headers['mcp-session-id'] === session) headers['mcp-session-id'] = 'SESSION';
  return { status: response.status, headers, body: isStream ? messagesOf(text) : text };
}

function messagesOf(stream: string): string {
  const lines = stream.split('\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => line.slice('data: '.length)).join('\n');
}

const OF_CONNECTION = new Set([
  'date',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
]);
const OF_STREAM = new Set(['content-type', 'cache-control', 'x-accel-buffering']);
