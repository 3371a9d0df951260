import type {
  JSONRPCMessage,
  JSONRPCRequest,
  MessageExtraInfo,
  RequestId,
  Transport,
} from '@modelcontextprotocol/server';
import type {
  ExchangeObserver,
  Instrumentation,
  MessageId,
  ObservedAnswer,
  ObservedQuestion,
  QuestionObserver,
} from '../../instrumentation/instrumentation.js';
import { exchangeOf, requestIdIn } from '../invocation/mcp-exchange.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';

/** Where a server of the SDK is connected. */
export type ServerConnection = Omit<ObservedQuestion, 'method' | 'id'>;

/**
 * Reports to the observers of exchanges how a server of the SDK answers their messages, and observes what it
 * asks its client. Call it after the server has connected.
 */
export function observeTransport(
  transport: Transport,
  instrumentation: Instrumentation,
  connection: () => ServerConnection,
): void {
  const { onmessage, onclose } = transport;
  const send = ORIGINALS.get(transport) ?? transport.send.bind(transport);
  // The transport of a session outlives its servers.
  ORIGINALS.set(transport, send);
  const calls = new Map<RequestId, OpenCall>();
  const questions = new Map<RequestId, QuestionObserver>();

  transport.onmessage = (message: JSONRPCMessage, extra?: MessageExtraInfo): void => {
    if ('method' in message && 'id' in message) {
      const call = openCall(message, extra);
      if (!call) return onmessage?.(message, extra);
      calls.set(message.id, call);
      call.observer.taken(call.id);
      return call.observer.within(call.id, () => onmessage?.(message, extra));
    }
    onmessage?.(message, extra);
    if ('method' in message) {
      const id = message.method === CANCELLED ? message.params?.['requestId'] : undefined;
      if (typeof id !== 'string' && typeof id !== 'number') return;
      calls.get(id)?.observer.cancelled(calls.get(id)?.id ?? id);
      calls.delete(id);
    } else if (message.id !== undefined) {
      questions.get(message.id)?.answered(answerOf(message));
      questions.delete(message.id);
    }
  };
  transport.send = (message, options) => {
    if (!('method' in message)) {
      const call = message.id === undefined ? undefined : calls.get(message.id);
      if (message.id !== undefined) calls.delete(message.id);
      call?.observer.answered(call.id, answerOf(message));
      return send(message, options);
    }
    if (!('id' in message) || !instrumentation.isOn) return send(message, options);
    const { id, method } = message;
    const question = instrumentation.ask({ id, method, ...connection() });
    questions.set(id, question);
    return send(withCarrier(message, question.carrier), options);
  };
  transport.onclose = () => {
    for (const { observer, id } of calls.values()) observer.cancelled(id);
    for (const question of questions.values()) question.cancelled();
    calls.clear();
    questions.clear();
    onclose?.();
  };
}

/** How a message of JSON-RPC answers. */
export function answerOf(message: object): ObservedAnswer {
  const error: unknown = Reflect.get(message, 'error');
  if (typeof error === 'object' && error !== null) {
    const code: unknown = Reflect.get(error, 'code');
    return { kind: 'error', code: typeof code === 'number' ? code : JSON_RPC.internalError };
  }
  return answerOfResult(Reflect.get(message, 'result'));
}

/** How a result answers: that of a tool may tell of its failure. */
export function answerOfResult(result: unknown): ObservedAnswer {
  const isFailed =
    typeof result === 'object' && result !== null && Reflect.get(result, 'isError') === true;
  return { kind: isFailed ? 'tool_error' : 'result' };
}

/** A request that a server of the SDK has not answered. */
interface OpenCall {
  readonly observer: ExchangeObserver;
  /** That the client gave to it. */
  readonly id: MessageId;
}

function openCall(
  { id }: JSONRPCRequest,
  extra: MessageExtraInfo | undefined,
): OpenCall | undefined {
  // Without one, the message is the repeated `initialize` of a session.
  if (!extra?.authInfo) return undefined;
  const { observer } = exchangeOf(extra.authInfo);
  return observer && { observer, id: requestIdIn(extra.authInfo) ?? id };
}

function withCarrier(
  message: JSONRPCRequest,
  carrier: QuestionObserver['carrier'],
): JSONRPCRequest {
  if (Object.keys(carrier).length === 0) return message;
  const { params = {} } = message;
  return { ...message, params: { ...params, _meta: { ...params['_meta'], ...carrier } } };
}

const ORIGINALS = new WeakMap<Transport, Transport['send']>();
const CANCELLED = 'notifications/cancelled';
