/** The two wire forms that the endpoint speaks: 2026-07-28, and 2025-11-25 on a session. */
export type Era = 'modern' | 'legacy';

export const ERAS: readonly Era[] = ['modern', 'legacy'];

export const MODERN_REVISION = '2026-07-28';
export const LEGACY_REVISION = '2025-11-25';

/** Who sends a message, and in which form. */
export interface SendOptions {
  /** Default `modern`. */
  readonly era?: Era;
  /** Goes into the Authorization header. */
  readonly token?: string | undefined;
  /** On top of what the form asks for; an empty value is sent as it is. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes into `params._meta`. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Session of a 2025-era client. */
  readonly session?: string | undefined;
}

/** What came back, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON body, or the first message of an event stream; `{}` for anything else. */
  readonly body: AnswerBody;
}

/** A JSON-RPC response, or the refusal of a request. */
export interface AnswerBody {
  readonly id?: string | number | null;
  readonly result?: Record<string, unknown> & ToolResult;
  readonly error?: unknown;
  readonly error_description?: string;
}

export interface ToolResult {
  readonly isError?: boolean;
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly tools?: readonly { readonly name: string }[];
}

/** Sends one JSON-RPC request. */
export function send(
  url: string,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  options: SendOptions = {},
): Promise<Answer> {
  const { era = 'modern', meta } = options;
  const envelope = era === 'modern' ? ENVELOPE : {};
  const _meta = { ...envelope, ...meta };
  const message = {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: Object.keys(_meta).length === 0 ? params : { ...params, _meta },
  };
  return sendBody(url, JSON.stringify(message), {
    ...options,
    headers: { ...(era === 'modern' && modernHeaders(method, params)), ...options.headers },
  });
}

/** Sends any body to the endpoint, as JSON unless the headers say otherwise. */
export async function sendBody(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  { token, headers = {}, session }: SendOptions = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(session !== undefined && { 'mcp-session-id': session }),
      ...headers,
    },
    body,
  });
  return readAnswer(response);
}

/** Calls a tool; a 2025-era caller opens a session first, with the same credentials. */
export async function callTool(
  url: string,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
  options: SendOptions = {},
): Promise<Answer> {
  const params = { name, arguments: args };
  if (options.era !== 'legacy' || options.session !== undefined) {
    return send(url, 'tools/call', params, options);
  }
  const opened = await initialize(url, options);
  const session = sessionOf(opened);
  // Who must sign in to open a session may still call what is public.
  const isNobody = opened.status === 401 && options.token === undefined;
  if (session === undefined && !isNobody) return opened;
  return send(url, 'tools/call', params, { ...options, session });
}

/** Opens a session, as a client of 2025-11-25 does. */
export function initialize(url: string, options: Omit<SendOptions, 'era'> = {}): Promise<Answer> {
  const params = {
    protocolVersion: LEGACY_REVISION,
    capabilities: {},
    clientInfo: { name: 'test', version: '1.0.0' },
  };
  return send(url, 'initialize', params, { ...options, era: 'legacy' });
}

/** Opens a session and gives its id. */
export async function openSession(
  url: string,
  options: Omit<SendOptions, 'era'> = {},
): Promise<string> {
  const answer = await initialize(url, options);
  const session = sessionOf(answer);
  if (session === undefined) throw new Error(`No session: ${answer.status} ${answer.text}`);
  return session;
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

/** What 2026-07-28 asks of every request, in headers and in `_meta`. */
export function modernHeaders(
  method: string,
  params: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  const { name } = params;
  return {
    'mcp-protocol-version': MODERN_REVISION,
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': name }),
  };
}

export const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN_REVISION,
  'io.modelcontextprotocol/clientCapabilities': {},
} as const;

function sessionOf({ headers }: Answer): string | undefined {
  return headers.get('mcp-session-id') ?? undefined;
}

function parse(text: string): AnswerBody {
  // Only line feeds end a line of an event stream: JSON may hold other separators.
  const event = text.split('\n').find((line) => line.startsWith('data: {'));
  try {
    const value: unknown = JSON.parse(event?.slice('data: '.length) ?? text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
