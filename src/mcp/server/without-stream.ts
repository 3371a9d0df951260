import { isJSONRPCRequest, type JSONRPCErrorResponse } from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';
import { STREAM_TYPE } from '../protocol/accepted-types.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import type { McpReading } from '../protocol/read-messages.js';
import { requestIdsIn } from './call-answer.js';

interface StreamedExchange {
  readonly reading: McpReading;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** Answers a question of the server, which the client never sees. */
  readonly refuse: (refusal: JSONRPCErrorResponse) => void;
}

/**
 * The answer for a client that takes only JSON: the responses of a stream of the SDK, without what
 * was sent before them. A question to the client is refused, since it would wait for ever.
 */
export async function withoutStream(
  answer: Response,
  { reading, signal, refuse }: StreamedExchange,
): Promise<Response> {
  const { body, headers } = answer;
  if (!body || !headers.get('content-type')?.startsWith(STREAM_TYPE)) return answer;
  const responses = new Map<unknown, object>();
  for await (const message of messagesOf(body, signal)) {
    if (!('method' in message)) responses.set(message['id'], message);
    else if (isJSONRPCRequest(message))
      refuse({ jsonrpc: '2.0', id: message.id, error: NO_STREAM });
  }
  const answers = requestIdsIn(reading).map(
    (id) => responses.get(id) ?? jsonRpcError(JSON_RPC.serverError, NO_ANSWER, id),
  );
  const session = headers.get('mcp-session-id');
  return Response.json(reading.isBatch ? answers : answers[0], {
    headers: session === null ? {} : { 'mcp-session-id': session },
  });
}

/** The messages of an event stream, until it ends or the client disconnects. */
async function* messagesOf(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Record<string, unknown>> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const message = messageIn(event);
        if (message) yield message;
      }
    }
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** The SDK writes a message in one line. */
function messageIn(event: string): Record<string, unknown> | undefined {
  const line = event.split('\n').find((one) => one.startsWith('data: {'));
  const message: unknown = line && JSON.parse(line.slice('data: '.length));
  return isJsonObject(message) ? message : undefined;
}

const NO_STREAM = {
  code: JSON_RPC.serverError,
  message:
    'The client cannot be asked: its Accept header refuses text/event-stream, on which questions are sent.',
};

const NO_ANSWER = 'The call ended without a result: it was cancelled, or its session has ended.';
