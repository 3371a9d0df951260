import type { JSONRPCResponse, LoggingLevel, RequestId } from '@modelcontextprotocol/server';
import type { EventConnection } from './event-connection.js';

/** What a session needs of the other nodes of the service. */
export interface SessionPeers {
  /** Name of this node. */
  readonly nodeId: string;
  /** @throws {ProtocolError} -32603 the subscription could not be kept */
  subscribed(sessionId: string, uri: string): Promise<void>;
  unsubscribed(sessionId: string, uri: string): Promise<void>;
  logsFrom(sessionId: string, level: LoggingLevel): Promise<void>;
  /** Ends a session at every node. @returns the HTTP answer if it goes on */
  end(sessionId: string): Promise<Response | undefined>;
  /** Cancels a call at the node that runs it, if another one does. */
  cancel(sessionId: string, call: CancelledCall): void;
  /**
   * Brings the answer to a question to the node that asked.
   *
   * @returns the HTTP answer if it did not arrive
   */
  answer(node: string, sessionId: string, message: JSONRPCResponse): Promise<Response | undefined>;
  /** This node has the stream of the session now: those of other nodes end. */
  streamOpened(sessionId: string): void;
  /**
   * Continues the stream of a call that another node runs, from an event on.
   *
   * @returns false if the stream is unknown
   */
  follow(stream: FollowedStream, connection: EventConnection): Promise<boolean>;
}

/** A call that its client has cancelled. */
export interface CancelledCall {
  readonly id: RequestId;
  readonly reason?: string;
}

/** A stream of a call at another node. */
export interface FollowedStream {
  readonly sessionId: string;
  readonly streamId: string;
  readonly lastEventId: string;
}
