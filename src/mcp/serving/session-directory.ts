import type { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { principalKey, type Principal } from '../../access/principal.js';
import type { McpSessionOptions } from '../mcp-options.js';
import type { CatalogServer } from './catalog-server.js';

/** One session of a 2025-era client: its own server, for the one who opened it. */
export interface McpSession<S extends SessionServer = CatalogServer> {
  readonly id: string;
  readonly server: S;
  readonly transport: Pick<
    WebStandardStreamableHTTPServerTransport,
    'handleRequest' | 'closeStandaloneSSEStream'
  >;
  /** Whom it belongs to; `undefined` while it is anonymous. */
  owner: string | undefined;
  /** Who sent the last request. */
  principal: Principal | undefined;
  /** An anonymous session that was asked to sign in: whoever does so takes it over, once. */
  challenged: boolean;
  /** Whether it has ended for everybody, and only waits for the calls that run. */
  ended: boolean;
  /** HTTP exchanges that are open now, streams among them: a session with one is not idle. */
  exchanges: number;
  /** Time of the last request or the end of it, in milliseconds since the epoch. */
  usedAt: number;
}

/** What a session is when it opens. */
type NewSession<S extends SessionServer> = Pick<
  McpSession<S>,
  'id' | 'server' | 'transport' | 'owner' | 'principal'
>;

/** The part of a server that a session needs. */
type SessionServer = Pick<CatalogServer, 'close'>;

/** The sessions of this process: who owns which, how many there may be, and how long they idle. */
export class SessionDirectory<S extends SessionServer = CatalogServer> {
  /** Ordered by use, the least recently used first. */
  private readonly sessions = new Map<string, McpSession<S>>();
  private readonly counts = new Map<string | undefined, number>();

  constructor(
    private readonly limits: Required<McpSessionOptions> & { readonly graceMs: number },
    private readonly now: () => number = () => Date.now(),
  ) {}

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

  /** Adds a session of this owner, and closes the least used one of an owner who has too many. */
  add(opened: NewSession<S>): McpSession<S> {
    this.makeRoomFor(opened.owner);
    this.count(opened.owner, 1);
    const state = { challenged: false, ended: false, exchanges: 0, usedAt: this.now() };
    const session: McpSession<S> = { ...opened, ...state };
    this.sessions.set(session.id, session);
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
    if (session.owner === undefined && session.challenged) this.handOver(session, caller);
    if (session.owner !== caller) return undefined;
    session.principal = principal;
    this.touch(session);
    return session;
  }

  /** Keeps a session from idling out until the returned function is called. */
  hold(session: McpSession<S>): () => void {
    session.exchanges += 1;
    return () => {
      session.exchanges -= 1;
      if (session.ended && session.exchanges === 0) this.close(session);
      else this.touch(session);
    };
  }

  /** Notes that the caller of an anonymous session was sent a challenge. */
  markChallenged(id: string): void {
    const session = this.sessions.get(id);
    if (session && session.owner === undefined) session.challenged = true;
  }

  /** Forgets a session that has ended. */
  remove(id: string): void {
    const session = this.sessions.get(id);
    if (!session) return;
    this.sessions.delete(id);
    this.count(session.owner, -1);
  }

  /** Ends a session: nothing new gets in, and calls that run have a moment to end by themselves. */
  end(session: McpSession<S>): void {
    session.ended = true;
    if (session.exchanges === 0) return this.close(session);
    setTimeout(() => this.close(session), this.limits.graceMs).unref();
  }

  /** Closes the sessions that have idled for too long. */
  sweep(): void {
    const oldest = this.now() - this.limits.idleMs;
    for (const session of this.sessions.values()) {
      if (session.usedAt >= oldest) return;
      if (session.exchanges === 0) this.close(session);
    }
  }

  /** Ends every session and its streams. */
  async closeAll(): Promise<void> {
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    this.counts.clear();
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

  private makeRoomFor(owner: string | undefined): void {
    if (this.countOf(owner) < this.capOf(owner)) return;
    const stalest = this.stalestOf(owner);
    if (stalest) this.close(stalest);
  }

  private handOver(session: McpSession<S>, owner: string | undefined): void {
    if (owner === undefined) return;
    this.makeRoomFor(owner);
    this.count(undefined, -1);
    this.count(owner, 1);
    session.owner = owner;
  }

  /** Nobody is one principal: anonymous callers share half of the room and leave the rest. */
  private capOf(owner: string | undefined): number {
    return owner === undefined ? Math.ceil(this.limits.max / 2) : this.limits.maxPerPrincipal;
  }

  private stalestOf(owner: string | undefined): McpSession<S> | undefined {
    for (const session of this.sessions.values()) if (session.owner === owner) return session;
    return undefined;
  }

  private countOf(owner: string | undefined): number {
    return this.counts.get(owner) ?? 0;
  }

  private count(owner: string | undefined, change: 1 | -1): void {
    const count = this.countOf(owner) + change;
    if (count > 0) this.counts.set(owner, count);
    else this.counts.delete(owner);
  }
}

/** How a session names its owner. */
export function ownerKey(principal: Principal | undefined): string | undefined {
  return principal && principalKey(principal);
}
