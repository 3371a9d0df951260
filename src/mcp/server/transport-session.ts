import type { ServerResponse } from 'node:http';
import type { AuthInfo, JSONRPCNotification, LoggingLevel } from '@modelcontextprotocol/server';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { SessionEventStore } from './contained-event-stores.js';
import type { SessionPeers } from './session-peers.js';

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
