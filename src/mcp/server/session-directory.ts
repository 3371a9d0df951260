import { ownerKey, type Principal } from '../../request/principal.js';
import type { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { McpSessionOptions } from '../mcp-options.js';
import type { MemoryShare } from '../protocol/memory-budget.js';
import { CallerShares, sharesOf, type Sharer } from '../../access/caller-shares.js';
import type { CatalogServer } from './catalog-server.js';
import type { SessionEventStore } from './contained-event-stores.js';

/** One session of a 2025-era client: its own server, for the one who opened it. */
export interface McpSession<S extends SessionServer = CatalogServer> {
  readonly id: string;
  readonly server: S;
  readonly transport: Pick<
    WebStandardStreamableHTTPServerTransport,
    'handleRequest' | 'closeStandaloneSSEStream' | 'closeSSEStream'
  >;
  /** What was sent, for a client that comes back. */
  readonly events: Pick<SessionEventStore, 'knowsOf' | 'handOver'>;
  /** Whom it belongs to; `undefined` while it is anonymous. */
  owner: string | undefined;
  /** Who sent the last request. */
  principal: Principal | undefined;
  /** The address of an anonymous opener, where it can be trusted. */
  readonly address: string | undefined;
  /** Bytes of what the client says of itself. */
  readonly bytes: number;
  /**
   * When an anonymous session was asked to sign in, in milliseconds since the epoch: whoever does so in
   * the next ten minutes takes it over, once.
   */
  challengedAt: number | undefined;
  /** Whether it has ended for everybody, and only waits for the calls that run. */
  ended: boolean;
  /** HTTP exchanges that are open now, streams among them: a session with one is not idle. */
  readonly exchanges: Set<SessionExchange>;
  /** Time of the last request or the end of it, in milliseconds since the epoch. */
  usedAt: number;
}

/** An open HTTP exchange of a session. */
export interface SessionExchange {
  /** Ends what was opened by somebody who does not own the session any more. */
  readonly end: () => void;
}

/** What a session is when it opens. */
type NewSession<S extends SessionServer> = Pick<
  McpSession<S>,
  'id' | 'server' | 'transport' | 'events' | 'owner' | 'principal'
> &
  Partial<Pick<McpSession<S>, 'address' | 'bytes'>>;

/** The part of a server that a session needs. */
type SessionServer = Pick<CatalogServer, 'close'>;

/** The sessions of this process: who owns which, how many there may be, and how long they idle. */
export class SessionDirectory<S extends SessionServer = CatalogServer> {
  /** Ordered by use, the least recently used first. */
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

  /** Adds a session of this owner, and closes the least used one where a share is used up. */
  add(opened: NewSession<S>): McpSession<S> {
    this.makeRoomFor(opened);
    this.shares.take(opened);
    const session: McpSession<S> = {
      address: undefined,
      bytes: 0,
      ...opened,
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
   * The session of this caller. Somebody else's session is as good as none: possession of an id
   * proves nothing.
   */
  find(id: string, principal: Principal | undefined): McpSession<S> | undefined {
    const session = this.sessions.get(id);
    if (!session || session.ended) return undefined;
    const caller = ownerKey(principal);
    if (principal && this.mayTakeOver(session)) this.handOver(session, principal);
    if (session.owner !== caller) return undefined;
    session.principal = principal;
    this.touch(session);
    return session;
  }

  /**
   * Keeps a session from idling out until the returned function is called.
   *
   * @param end ends the exchange; called when the session changes hands
   */
  hold(session: McpSession<S>, end: () => void = () => undefined): () => void {
    const exchange: SessionExchange = { end };
    session.exchanges.add(exchange);
    return () => {
      session.exchanges.delete(exchange);
      if (session.ended && session.exchanges.size === 0) this.close(session);
      else this.touch(session);
    };
  }

  /** Notes that the caller of an anonymous session was sent a challenge. */
  markChallenged(id: string): void {
    const session = this.sessions.get(id);
    if (session && session.owner === undefined) session.challengedAt = this.now();
  }

  /** Forgets a session that has ended. */
  remove(id: string): void {
    const session = this.sessions.get(id);
    if (!session) return;
    this.sessions.delete(id);
    this.shares.release(session);
    this.limits.memory?.give(weightOf(session));
  }

  /** Ends a session: nothing new gets in, and calls that run have a moment to end by themselves. */
  end(session: McpSession<S>): void {
    session.ended = true;
    if (session.exchanges.size === 0) return this.close(session);
    setTimeout(() => this.close(session), this.limits.graceMs).unref();
  }

  /** Closes the sessions that have idled for too long. */
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

  /** Moves a session that is still there to the end of the order of use. */
  private touch(session: McpSession<S>): void {
    if (!this.sessions.delete(session.id)) return;
    session.usedAt = this.now();
    this.sessions.set(session.id, session);
  }

  /** Whoever signs in after a challenge is known by the session id alone: hosted clients change address. */
  private mayTakeOver({ owner, challengedAt }: McpSession<S>): boolean {
    if (owner !== undefined || challengedAt === undefined) return false;
    return this.now() - challengedAt < CHALLENGE_MS;
  }

  /** What the anonymous opener has open ends: it would hear what is for the new owner. */
  private handOver(session: McpSession<S>, principal: Principal): void {
    this.makeRoomFor({ principal });
    this.shares.release(session);
    session.owner = ownerKey(principal);
    session.principal = principal;
    session.challengedAt = undefined;
    this.shares.take(session);
    for (const { end } of session.exchanges) end();
    session.events.handOver();
  }

  /** Closes the least used session of a share that is used up; that of an address before that of all. */
  private makeRoomFor(sharer: Sharer): void {
    for (;;) {
      const share = this.shares.exhausted(sharer).at(-1);
      const stalest = share === undefined ? undefined : this.stalestIn(share);
      if (!stalest) return;
      this.close(stalest);
    }
  }

  /**
   * Where memory runs out, anonymous sessions give way first, the least used ones before others. The one
   * that was used last is the one that needs the memory.
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

  private stalestIn(share: string): McpSession<S> | undefined {
    for (const session of this.sessions.values()) {
      if (sharesOf(session).includes(share)) return session;
    }
    return undefined;
  }
}

function weightOf({ bytes }: Pick<McpSession, 'bytes'>): number {
  return SESSION_BYTES + bytes;
}

/** The live objects of a session that does nothing, in bytes (`npm run bench -- memory`). */
const SESSION_BYTES = 32_768;

/** How long a challenge lets whoever signs in take a session over, in milliseconds. */
const CHALLENGE_MS = 10 * 60_000;
