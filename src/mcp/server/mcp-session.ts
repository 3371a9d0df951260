import { ownerKey, subjectKey, subjectOfOwner, type Principal } from '../../request/principal.js';
import type { SessionEventStore } from './contained-event-stores.js';
import type { SessionServer } from './session-server.js';
import type { SessionTransport } from './session-transport.js';

/** One session of a 2025-era client, with its own server. */
export interface McpSession<S extends Closable = SessionServer> {
  readonly id: string;
  readonly server: S;
  readonly transport: Pick<
    SessionTransport,
    | 'handleRequest'
    | 'calls'
    | 'closeStandaloneStream'
    | 'cut'
    | 'onmessage'
    | 'receiveAnswer'
    | 'streamOpenedElsewhere'
  >;
  /** The events that were sent, for a client that reconnects. */
  readonly events: Pick<SessionEventStore, 'mayResumeFrom' | 'handOver' | 'resumeAt'>;
  /** Key of its owner; `undefined` while it is anonymous. */
  owner: string | undefined;
  /** The sender of the last request; `undefined` before the first one at this node. */
  principal: Principal | undefined;
  /** Key of the person who owns it, across clients; `undefined` while it is anonymous. */
  subject: string | undefined;
  /** The shares that it counts in, which take long to write. */
  shares: readonly string[];
  /** The address of an anonymous opener, if it can be trusted. */
  readonly address: string | undefined;
  /** Size of the description that the client sent, in bytes. */
  readonly bytes: number;
  /**
   * When an anonymous session was asked to sign in, in milliseconds since the epoch. A caller who
   * signs in within ten minutes takes it over, once.
   */
  challengedAt: number | undefined;
  /** Whether it has ended, and only waits for its running calls. */
  ended: boolean;
  /** Open HTTP exchanges, including streams. A session with one is not idle. */
  readonly exchanges: Set<SessionExchange>;
  /** Start or end of the last request, in milliseconds since the epoch. */
  usedAt: number;
  /** When its record was last known to exist, in milliseconds since the epoch. */
  confirmedAt: number;
  /** Whether its record was changed at another node, and this copy does not have the change yet. */
  isOutdated: boolean;
  /** Whether only this copy ends, and the session goes on at another node. */
  isDropped: boolean;
}

/** An open HTTP exchange of a session. */
export interface SessionExchange {
  /** Ends the exchange when the session changes its owner. */
  readonly end: () => void;
}

/** The fields that the opener of a session gives. */
export type NewSession<S extends Closable> = Pick<
  McpSession<S>,
  'id' | 'server' | 'transport' | 'events' | 'owner' | 'principal'
> &
  Partial<Pick<McpSession<S>, 'address' | 'bytes'>>;

/** The part of a server that the directory needs. */
export type Closable = Pick<SessionServer, 'close'> & Partial<Pick<SessionServer, 'rest'>>;

/** Key of the person who owns a session; `undefined` while it is anonymous. */
export function subjectOf({
  owner,
  principal,
}: Pick<McpSession, 'owner' | 'principal'>): string | undefined {
  if (principal) return subjectKey(principal);
  return owner === undefined ? undefined : subjectOfOwner(owner);
}

/** Whether a caller owns a session. The key of a principal takes longer to write than to compare it. */
export function isOwnedBy(
  { owner, principal: known }: Pick<McpSession, 'owner' | 'principal'>,
  principal: Principal | undefined,
): boolean {
  if (principal === undefined || owner === undefined)
    return principal === undefined && owner === undefined;
  return known === principal || owner === ownerKey(principal);
}
