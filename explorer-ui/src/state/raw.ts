import { endpoint, ERAS } from './explorer.js';
import { CAPABILITIES, clientInfo, send } from './session.js';

export const TASKS = 'io.modelcontextprotocol/tasks';

/** An error of the protocol. */
export class RpcError extends Error {
  constructor(
    message: string,
    readonly code: number | undefined,
    readonly status: number,
  ) {
    super(message);
  }
}

/**
 * Sends one request of 2026-07-28 without the SDK, which has no methods for extensions.
 *
 * @throws {RpcError}
 */
export async function rawRequest(
  method: string,
  params: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const name = params['name'] ?? params['taskId'];
  const meta = {
    'io.modelcontextprotocol/protocolVersion': ERAS.modern,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': { ...CAPABILITIES, extensions: { [TASKS]: {} } },
  };
  const response = await send(endpoint.value, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': ERAS.modern,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': headerText(name) }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: crypto.randomUUID(),
      method,
      params: { ...params, _meta: meta },
    }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  const { result, error } = lastMessageIn(text, response.headers.get('content-type') ?? '');
  if (result) return result;
  throw new RpcError(
    error?.message ?? `The server answered ${response.status}.`,
    error?.code,
    response.status,
  );
}

interface Message {
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

function lastMessageIn(text: string, type: string): Message {
  try {
    if (!type.includes('text/event-stream')) return JSON.parse(text) as Message;
    const events = text.split(/\r?\n\r?\n/).flatMap((part) => {
      const data = part.split(/\r?\n/).filter((line) => line.startsWith('data:'));
      return data.length > 0 ? [data.map((line) => line.slice(5)).join('\n')] : [];
    });
    return JSON.parse(events.at(-1) ?? '{}') as Message;
  } catch {
    return {};
  }
}

/** A header takes printable ASCII; anything else is in base64, as the specification says. */
function headerText(text: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?')) return text;
  const bytes = new TextEncoder().encode(text);
  return `=?base64?${btoa(String.fromCharCode(...bytes))}?=`;
}
