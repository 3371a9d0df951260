import type { ServerResponse } from 'node:http';
import type {
  AuthInfo,
  JSONRPCNotification,
  JSONRPCResponse,
  LoggingLevel,
  RequestId,
} from '@modelcontextprotocol/server';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { SessionEventStore } from './contained-event-stores.js';
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

/** The session of a transport. */
export interface TransportSession {
  readonly id: string;
  readonly events: SessionEventStore;
  /** The other nodes; `undefined` for a service of one process. */
  readonly peers: SessionPeers | undefined;
  /** @returns an id for a request to the client, of no other request of any node */
  nextQuestionId(): string;
  /** Connects the SDK's server, unless it is connected. */
  connect(): Promise<void>;
  /** Its client has opened the stream of the session, or has closed it for good. */
  listens(isListening: boolean): void;
  /**
   * The changes of the service after an event that this client may receive now.
   *
   * @returns `undefined` if the event is unknown, or another kind of event
   */
  changesAfter(eventId: string): Promise<readonly ServiceEvent[]> | undefined;
  /** Its client has set the level of its log messages. */
  logsFrom(level: LoggingLevel): MaybePromise<void>;
}

/** A stream of a call at another node. */
export interface FollowedStream {
  readonly sessionId: string;
  readonly streamId: string;
  readonly lastEventId: string;
}

/** A change of the service, as one client is told of it. */
export interface ServiceEvent {
  /** Id on the stream. */
  readonly id: string;
  readonly message: JSONRPCNotification;
}

/** One HTTP exchange of a client of the earlier revisions. */
export interface LegacyExchange {
  readonly authInfo: AuthInfo;
  /** Parsed. */
  readonly body: unknown;
  /** Only observed, and cut if it does not end. */
  readonly response: ServerResponse;
  /** @see SessionStreams */
  readonly admitStream: (earlier: ServerResponse | undefined) => Response | undefined;
}
