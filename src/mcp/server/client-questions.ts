import type { JSONRPCMessage, JSONRPCResponse, RequestId } from '@modelcontextprotocol/server';
import { nodeOf } from '../../backplane/node-id.js';
import { isJsonObject } from '../../request/json-object.js';
import type { SessionPeers } from './session-peers.js';

/** A session that asks its client. */
interface AskingSession {
  nextQuestionId(): string;
}

/**
 * The requests of a session to its client. The SDK numbers them from 0 in each of its servers: two nodes of
 * one session, or two servers of it one after the other, would ask with the same id, and an answer could
 * reach another question. On the wire they have ids of their own, which name the node that asks.
 */
export class ClientQuestions {
  /** Created for the first question: a session may never ask. */
  private asked: Map<RequestId, Question> | undefined;

  /** @param running the calls that run, by the ids under which the SDK knows them */
  constructor(private readonly running: ReadonlyMap<RequestId, object>) {}

  /** A message of a call as the client gets it. */
  toClient(
    message: JSONRPCMessage,
    call: { readonly id: RequestId },
    session: AskingSession | undefined,
  ): JSONRPCMessage {
    if (!('method' in message) || !session) return message;
    if ('id' in message) {
      this.forgetEnded();
      const id = session.nextQuestionId();
      this.asked ??= new Map();
      this.asked.set(id, { sdkId: message.id, callId: call.id });
      return { ...message, id };
    }
    const { method, params } = message;
    if (method !== 'notifications/cancelled') return message;
    const sdkId = isJsonObject(params) ? params['requestId'] : undefined;
    const [asked] = [...(this.asked ?? [])].find(([, question]) => question.sdkId === sdkId) ?? [];
    return asked === undefined ? message : { ...message, params: { ...params, requestId: asked } };
  }

  /** An answer as the SDK knows it; `undefined` if no call waits for it. */
  fromClient(message: JSONRPCResponse): JSONRPCResponse | undefined {
    const question = message.id === undefined ? undefined : this.asked?.get(message.id);
    if (!question || message.id === undefined) return undefined;
    this.asked?.delete(message.id);
    return this.running.has(question.callId) ? { ...message, id: question.sdkId } : undefined;
  }

  private forgetEnded(): void {
    for (const [id, { callId }] of this.asked ?? []) {
      if (!this.running.has(callId)) this.asked?.delete(id);
    }
  }
}

interface Question {
  readonly sdkId: RequestId;
  readonly callId: RequestId;
}

/** The other node that asked what a client answers; `undefined` for a question of this node, or of none. */
export function askerOf(
  { id }: JSONRPCResponse,
  peers: Pick<SessionPeers, 'nodeId'> | undefined,
): string | undefined {
  const node = typeof id === 'string' ? nodeOf(id) : undefined;
  return node === peers?.nodeId || !peers ? undefined : node;
}
