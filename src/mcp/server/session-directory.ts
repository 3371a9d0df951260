import { CallerShares, sharesOf, type Sharer } from '../../access/caller-shares.js';
import { ownerKey, type Principal } from '../../request/principal.js';
import type { McpSessionOptions } from '../mcp-options.js';
import type { MemoryShare } from '../protocol/memory-budget.js';
import type { SessionEventStore } from './contained-event-stores.js';
import type { SessionServer } from './session-server.js';
import type { SessionTransport } from './session-transport.js';

/** One session of a 2025-era client, with its own server. */
export interface McpSession<S extends Closable = SessionServer> {
  readonly id: string;
  readonly server: S;
  readonly transport: Pick<
    SessionTransport,
    'handleRequest' | 'calls' | 'closeStandaloneStream' | 'cut' | 'onmessage'
  >;
  /** The events that were sent, for a client that reconnects. */
  readonly events: Pick<SessionEventStore, 'mayResumeFrom' | 'handOver'>;
  /** Key of its owner; `undefined` while it is anonymous. */
  owner: string | undefined;
  /** The sender of the last request. */
  principal: Principal | undefined;
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
}

/** An open HTTP exchange of a session. */
interface SessionExchange {
  /** Ends the exchange when the session changes its owner. */
  readonly end: () => void;
}

/** The fields that the opener of a session gives. */
type NewSession<S extends Closable> = Pick<
  McpSession<S>,
  'id' | 'server' | 'transport' | 'events' | 'owner' | 'principal'
> &
  Partial<Pick<McpSession<S>, 'address' | 'bytes'>>;

/** The part of a server that the directory needs. */
type Closable = Pick<SessionServer, 'close'>;

/** The sessions of this process: their owners, their number and their idle time. */
export class SessionDirectory<S extends Closable = SessionServer> {
  /** Ordered by use, least recently used first. */
  private readonly sessions = new Map<string, McpSession<S>>();
  private readonly shares: CallerShares;

  constructor(
    private readonly limits: Required<McpSessionOptions> & {
      readonly graceMs: number;
      readonly memory?: MemoryShare;
    },
    private readonly now: () => number = () => Date.now(),
  ) {
    const { max, maxPerPrincipal } = limits;
    this.shares = new CallerShares({ person: maxPerPrincipal, anonymous: Math.ceil(max / 2) });
    limits.memory?.onExcess(() => this.makeRoomInMemory());
  }

  get size(): number {
    return this.sessions.size;
  }

  get all(): readonly McpSession<S>[] {
    return [...this.sessions.values()].filter(({ ended }) => !ended);
  }

  /** Whether one more session fits. */
  get hasRoom(): boolean {
    return this.sessions.size < this.limits.max;
  }

  /** Adds a session, and closes the least recently used one where a share is used up. */
  add(opened: NewSession<S>): McpSession<S> {
    this.makeRoomFor(opened);
    this.shares.take(opened);
    const session: McpSession<S> = {
      address: undefined,
      bytes: 0,
      ...opened,
      shares: sharesOf(opened),
      challengedAt: undefined,
      ended: false,
      exchanges: new Set(),
      usedAt: this.now(),
    };
    this.sessions.set(session.id, session);
    this.limits.memory?.take(weightOf(session));
    return session;
  }

  /**
   * The session with this id, if it belongs to this caller: possession of an id proves nothing.
   */
  find(id: string, principal: Principal | undefined): McpSession<S> | undefined {
    const session = this.sessions.get(id);
    if (!session || session.ended) return undefined;
    if (principal && this.mayTakeOver(session)) this.handOver(session, principal);
    // The owner of a session is that of its principal, whose key takes longer to write.
    if (session.principal !== principal) {
      if (session.owner !== ownerKey(principal)) return undefined;
      session.principal = principal;
    }
    this.touch(session);
    return session;
  }

  /**
   * Keeps a session from idling out until the returned function is called.
   *
   * @param end ends the exchange; called when the session changes its owner
   */
  markInUse(session: McpSession<S>, end: () => void = () => undefined): () => void {
    const exchange: SessionExchange = { end };
    session.exchanges.add(exchange);
    return () => {
      session.exchanges.delete(exchange);
      if (session.ended && session.exchanges.size === 0) this.close(session);
      else this.touch(session);
    };
  }

  /** Records that the caller of an anonymous session was sent a challenge. */
  markChallenged(id: string): void {
    const session = this.sessions.get(id);
    if (session && session.owner === undefined) session.challengedAt = this.now();
  }

  /** Removes a session that has ended. */
  remove(id: string): void {
    const session = this.sessions.get(id);
    if (!session) return;
    this.sessions.delete(id);
    this.shares.release(session);
    this.limits.memory?.give(weightOf(session));
  }

  /** Ends a session: new requests are refused, and running calls have `graceMs` to finish. */
  end(session: McpSession<S>): void {
    session.ended = true;
    if (session.exchanges.size === 0) return this.close(session);
    setTimeout(() => this.close(session), this.limits.graceMs).unref();
  }

  /** Closes sessions that have been idle for too long. */
  sweep(): void {
    const oldest = this.now() - this.limits.idleMs;
    for (const session of this.sessions.values()) {
      if (session.usedAt >= oldest) return;
      if (session.exchanges.size === 0) this.close(session);
    }
  }

  /** Ends every session and its streams. */
  async closeAll(): Promise<void> {
    const sessions = [...this.sessions.values()];
    for (const { id } of sessions) this.remove(id);
    await Promise.allSettled(sessions.map(({ server }) => server.close()));
  }

  private close({ id, server }: McpSession<S>): void {
    this.remove(id);
    void server.close().catch(() => undefined);
  }

  /** Moves a session to the end of the order of use, unless it was removed. */
  private touch(session: McpSession<S>): void {
    if (!this.sessions.delete(session.id)) return;
    session.usedAt = this.now();
    this.sessions.set(session.id, session);
  }

  /**
   * The session id alone identifies who signs in after a challenge: hosted clients change their
   * address.
   */
  private mayTakeOver({ owner, challengedAt }: McpSession<S>): boolean {
    if (owner !== undefined || challengedAt === undefined) return false;
    return this.now() - challengedAt < CHALLENGE_MS;
  }

  /** Gives a session to a new owner. Open exchanges of the anonymous opener end. */
  private handOver(session: McpSession<S>, principal: Principal): void {
    this.makeRoomFor({ principal });
    this.shares.release(session);
    session.owner = ownerKey(principal);
    session.principal = principal;
    session.shares = sharesOf(session);
    session.challengedAt = undefined;
    this.shares.take(session);
    for (const { end } of session.exchanges) end();
    session.events.handOver();
  }

  /** Closes least recently used sessions of shares that are used up; those of an address first. */
  private makeRoomFor(sharer: Sharer): void {
    for (;;) {
      const share = this.shares.exhausted(sharer).at(-1);
      const leastUsed = share === undefined ? undefined : this.leastUsedIn(share);
      if (!leastUsed) return;
      this.close(leastUsed);
    }
  }

  /**
   * Closes sessions while memory is exceeded: anonymous ones first, the least recently used before
   * others. The session that was used last is kept, since it is the one that needs the memory.
   */
  private makeRoomInMemory(): void {
    const others = [...this.sessions.values()].slice(0, -1);
    const isAnonymous = ({ owner }: McpSession<S>): boolean => owner === undefined;
    const idle = others.filter((one) => !isAnonymous(one) && one.exchanges.size === 0);
    for (const session of [...others.filter(isAnonymous), ...idle]) {
      if (this.limits.memory?.excess === 0) return;
      this.close(session);
    }
  }

  private leastUsedIn(share: string): McpSession<S> | undefined {
    for (const session of this.sessions.values()) {
      if (session.shares.includes(share)) return session;
    }
    return undefined;
  }
}

function weightOf({ bytes }: Pick<McpSession, 'bytes'>): number {
  return SESSION_BYTES + bytes;
}

/** Size of an idle session, in bytes (`npm run bench -- memory`). */
const SESSION_BYTES = 4_096;

/** How long after a challenge a session can be taken over, in milliseconds. */
const CHALLENGE_MS = 10 * 60_000;
