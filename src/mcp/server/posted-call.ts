import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/server';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import type { CallInFlight, CallsInFlight } from './calls-in-flight.js';
import type { PostAnswer } from './post-answer.js';

/** How a call of a session arrived, and what it changes in it. */
interface CallSession {
  /** @see CallInFlight */
  readonly arrival: number;
  readonly running: Map<RequestId, PostedCall>;
  readonly inFlight: CallsInFlight;
  /** Tells the SDK that the client has cancelled a call. */
  readonly abort: (notification: JSONRPCNotification) => void;
}

/**
 * A request that the SDK serves. The SDK knows it by an id of its own, so that what a cancelled
 * handler still sends never reaches a later request to which the client gave the same id.
 */
export class PostedCall implements CallInFlight {
  readonly arrival: number;
  private state: 'waiting' | 'started' | 'ended' = 'waiting';

  /**
   * @param id for the SDK, unique in the session
   * @param clientId chosen by the client
   */
  constructor(
    readonly id: RequestId,
    readonly clientId: RequestId,
    readonly post: PostAnswer,
    private readonly session: CallSession,
  ) {
    this.arrival = session.arrival;
    session.running.set(id, this);
    session.inFlight.add(clientId, this);
    post.begin(this);
  }

  /** @returns false if it was cancelled before */
  start(): boolean {
    if (this.state === 'ended') return false;
    this.state = 'started';
    return true;
  }

  notify(message: JSONRPCMessage): Promise<void> {
    return this.post.notify(message);
  }

  async answer(response: JSONRPCResponse): Promise<void> {
    const { clientId, post } = this;
    try {
      await post.answer({ ...response, id: clientId });
    } catch {
      // JSON cannot express the result.
      const { error } = jsonRpcError(JSON_RPC.internalError, 'Internal error');
      await post.answer({ jsonrpc: '2.0', id: clientId, error });
    } finally {
      this.end();
    }
  }

  cancel(reason?: string): void {
    const { state, session } = this;
    if (state === 'ended') return;
    // Before the handler hears of it, so that what the handler sends then is dropped.
    this.end();
    if (state !== 'started') return;
    const params = { requestId: this.id, ...(reason !== undefined && { reason }) };
    session.abort({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
  }

  private end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.session.running.delete(this.id);
    this.session.inFlight.delete(this.clientId, this);
    this.post.settle(this);
  }
}
