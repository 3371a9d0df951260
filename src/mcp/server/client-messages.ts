import {
  parseJSONRPCMessage,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type RequestId,
} from '@modelcontextprotocol/server';

/** The messages of a body; `undefined` if one of them is no message of JSON-RPC. */
export function parseMessages(body: unknown): readonly JSONRPCMessage[] | undefined {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  try {
    return messages.map((message) => parseJSONRPCMessage(message));
  } catch {
    return undefined;
  }
}

export function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return 'method' in message && 'id' in message;
}

/** Whether a message is a result or an error. */
export function isResponse(message: JSONRPCMessage): message is JSONRPCResponse {
  return !('method' in message);
}

export function isCancellation(message: JSONRPCMessage): message is JSONRPCNotification {
  return 'method' in message && message.method === CANCELLED && !('id' in message);
}

/** The call that a client cancels; `undefined` if it names none. */
export function cancelledCall({
  params = {},
}: JSONRPCNotification): { readonly id: RequestId; readonly reason?: string } | undefined {
  const { requestId: id, reason } = params;
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  return typeof reason === 'string' ? { id, reason } : { id };
}

const CANCELLED = 'notifications/cancelled';
