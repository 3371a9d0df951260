import { CallerShares, sharesOf, type Sharer } from '../../access/caller-shares.js';
import { ownerKey, type Principal } from '../../request/principal.js';
import type { McpSessionOptions } from '../mcp-options.js';
import type { MemoryShare } from '../protocol/memory-budget.js';
import {
  isOwnedBy,
  subjectOf,
  type Closable,
  type McpSession,
  type NewSession,
  type SessionExchange,
} from './mcp-session.js';
import type { SessionServer } from './session-server.js';

/** The sessions of this process: their owners, their number and their idle time. */
export class SessionDirectory<S extends Closable = SessionServer> {
  /** Ordered by use, least recently used first. */
  private readonly sessions = new Map<string, McpSession<S>>();
  private readonly shares: CallerShares;

  constructor(
    private readonly limits: Required<McpSessionOptions> & {
      readonly graceMs: number;
      readonly memory?: MemoryShare;
      /** Whether other nodes know the sessions, so that this one need not keep them. */
      readonly isShared?: boolean;
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
    // Field by field: objects of many shapes that are spread into each other are slow.
    const { id, server, transport, events, owner, principal, address, bytes = 0 } = opened;
    const sharer = { principal, subject: subjectOf(opened), address };
    this.makeRoomFor(sharer);
    const session: McpSession<S> = {
      id,
      server,
      transport,
      events,
      owner,
      principal,
      subject: sharer.subject,
      shares: sharesOf(sharer),
      address,
      bytes,
      challengedAt: undefined,
      ended: false,
      exchanges: new Set(),
      usedAt: this.now(),
      confirmedAt: this.now(),
      isOutdated: false,
      isDropped: false,
    };
    this.shares.take(session);
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
    if (principal && this.mayTakeOver(session.owner, session.challengedAt)) {
      this.handOver(session, principal);
    }
    if (!isOwnedBy(session, principal)) return undefined;
    session.principal = principal;
    this.touch(session);
    return session;
  }

  /** The session with this id. Its owner is not checked. */
  peek(id: string): McpSession<S> | undefined {
    const session = this.sessions.get(id);
    return session?.ended ? undefined : session;
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

  /** Has each copy ask, with its next request, whether its session still exists. */
  doubtAll(): void {
    for (const session of this.sessions.values()) session.confirmedAt = Number.NEGATIVE_INFINITY;
  }

  /** Ends the copy of this node: the session has ended, or goes on, at another one. */
  drop(id: string): void {
    const session = this.sessions.get(id);
    if (!session) return;
    session.isDropped = true;
    this.close(session);
  }

  /**
   * Releases what sessions hold that have been idle for a minute, and closes those that have been idle
   * for too long.
   */
  sweep(): void {
    const { idleMs } = this.limits;
    const now = this.now();
    const idleSince = now - Math.min(RESTS_AFTER_MS, idleMs);
    for (const session of this.sessions.values()) {
      if (session.usedAt >= idleSince) return;
      const isOver = session.usedAt < now - idleMs;
      if (session.exchanges.size > 0) session.server.rest?.();
      else if (this.limits.isShared) this.leave(session);
      else if (isOver) this.close(session);
      else session.server.rest?.();
    }
  }

  /** Ends every session and its streams; shared ones go on at other nodes. */
  async closeAll(): Promise<void> {
    const sessions = [...this.sessions.values()];
    for (const session of sessions) {
      session.isDropped = this.limits.isShared === true;
      this.remove(session.id);
    }
    await Promise.allSettled(sessions.map(({ server }) => server.close()));
  }

  private close({ id, server }: McpSession<S>): void {
    this.remove(id);
    void server.close().catch(() => undefined);
  }

  /** Closes a session, or only the copy of this node where it can go on. */
  private leave(session: McpSession<S>): void {
    session.isDropped = this.limits.isShared === true && session.owner !== undefined;
    this.close(session);
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
  mayTakeOver(owner: string | undefined, challengedAt: number | undefined): boolean {
    if (owner !== undefined || challengedAt === undefined) return false;
    return this.now() - challengedAt < CHALLENGE_MS;
  }

  /** Gives a session to a new owner. Open exchanges of the anonymous opener end. */
  handOver(session: McpSession<S>, principal: Principal): void {
    this.makeRoomFor({ principal });
    this.changeOwner(session, ownerKey(principal), principal);
  }

  /** Gives a session to the owner that another node knows. */
  changeOwner(session: McpSession<S>, owner: string | undefined, principal?: Principal): void {
    this.shares.release(session);
    session.owner = owner;
    session.principal = principal;
    session.subject = subjectOf(session);
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
      this.leave(leastUsed);
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
      this.leave(session);
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

/** Time without a request after which a session keeps only what it needs, in milliseconds. */
const RESTS_AFTER_MS = 60_000;

/** How long after a challenge a session can be taken over, in milliseconds. */
const CHALLENGE_MS = 10 * 60_000;
