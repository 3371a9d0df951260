import { Logger } from '@nestjs/common';
import {
  ProtocolError,
  ProtocolErrorCode,
  type JSONRPCResponse,
  type LoggingLevel,
} from '@modelcontextprotocol/server';
import type { Backplane } from '../../backplane/backplane.js';
import { describeFailure } from '../../backplane/contained-seam.js';
import { ownerKey, subjectKey, type Principal } from '../../request/principal.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { McpSessionOptions } from '../mcp-options.js';
import type { EventConnection } from './event-connection.js';
import { FollowedCalls } from './followed-calls.js';
import type { McpSession } from './mcp-session.js';
import type { SessionDirectory } from './session-directory.js';
import type { CancelledCall, FollowedStream, SessionPeers } from './session-peers.js';
import { newRecord, type SessionRecord, withoutUri, withUri } from './session-record.js';
import { SessionLoads } from './session-loads.js';
import { SessionRecords } from './session-records.js';
import { SessionAnswers } from './session-answers.js';
import { SessionSignals } from './session-signals.js';
import { sessionsUnavailable, SessionsUnavailableError } from './sessions-unavailable.js';

/** The parts of a {@link SharedSessions}. */
interface SharedSessionParts {
  readonly backplane: Backplane;
  /** Path of the endpoint: a session is of one endpoint. */
  readonly path: string;
  /** The copies of this node. */
  readonly sessions: SessionDirectory;
  readonly options: Required<McpSessionOptions>;
  /** Makes a session of another node again. */
  readonly restore: (id: string, record: SessionRecord) => McpSession;
}

/**
 * The sessions of the service, any of which goes on at any node: its record is shared, and each node that
 * serves it has a copy. A copy trusts its record until another node tells of a change, and asks again
 * after a twentieth of the idle time, with which it renews the record.
 */
export class SharedSessions implements SessionPeers {
  private readonly logger = new Logger('McpSessions');
  private readonly signals: SessionSignals;
  private readonly calls: FollowedCalls;
  private readonly records: SessionRecords;
  private readonly loads: SessionLoads;
  private readonly answers: SessionAnswers;
  private readonly stopWatching: () => void;
  private reachableAt: number;

  constructor(private readonly parts: SharedSessionParts) {
    const { backplane, path, options } = parts;
    this.reachableAt = this.now();
    this.calls = new FollowedCalls(backplane);
    const { idleMs: ttlMs, maxPerPrincipal } = options;
    this.records = new SessionRecords(backplane, path, { ttlMs, maxPerPrincipal });
    this.loads = new SessionLoads((id) => this.records.find(id));
    this.signals = new SessionSignals(backplane, path, {
      ended: (id) => {
        this.loads.outdate(id);
        parts.sessions.drop(id);
      },
      changed: (id, cursor) => this.heardChange(id, cursor),
      cancelled: (id, { id: call, reason }) =>
        parts.sessions.peek(id)?.transport.calls.get(call)?.cancel(reason),
      streamMoved: (id) => parts.sessions.peek(id)?.transport.streamOpenedElsewhere(),
      missed: () => this.forgetCopies(),
    });
    this.answers = new SessionAnswers(backplane, path, parts.sessions);
    this.stopWatching = backplane.onDataLost(() => parts.sessions.doubtAll());
  }

  get nodeId(): string {
    return this.parts.backplane.nodeId;
  }

  close(): void {
    this.signals.close();
    this.answers.close();
    this.stopWatching();
    this.calls.close();
  }

  /**
   * Makes this node know a session, if there is one with this id. To be called before the session is
   * used; whether the caller owns it is decided then.
   *
   * @throws {SessionsUnavailableError}
   */
  prepare(id: string): MaybePromise<void> {
    const { sessions, backplane } = this.parts;
    if (backplane.isReachable) this.reachableAt = this.now();
    const known = sessions.peek(id);
    if (!known) return this.loads.run(id, () => this.read(id));
    if (known.isOutdated) return this.orUnavailable(this.reload(known));
    if (this.now() - known.confirmedAt < this.records.renewMs) {
      if (this.now() - this.reachableAt > GRACE_MS) throw new SessionsUnavailableError();
      return undefined;
    }
    return this.renew(known);
  }

  /** Stores a new session. @throws {SessionsUnavailableError} */
  async created(session: McpSession): Promise<void> {
    const { id, owner, subject, server } = session;
    await this.orUnavailable(this.records.create(id, newRecord(owner, server.opening)));
    if (subject !== undefined) await this.orUnavailable(this.count(id, subject));
  }

  /**
   * Gives an anonymous session, whose client was asked to sign in, to the caller who has signed in. The
   * first one of all nodes gets it.
   *
   * @throws {SessionsUnavailableError}
   */
  async takeOver(session: McpSession, principal: Principal): Promise<void> {
    const owner = ownerKey(principal);
    const isTaken = await this.orUnavailable(
      this.change(session.id, (record) => {
        const { owner: before, challengedAt, generation } = record;
        if (before !== undefined || !this.parts.sessions.mayTakeOver(before, challengedAt)) {
          return undefined;
        }
        return { ...record, owner, challengedAt: undefined, generation: generation + 1 };
      }),
    );
    if (isTaken) this.parts.sessions.handOver(session, principal);
    const next = isTaken ? this.count(session.id, subjectKey(principal)) : this.reload(session);
    await this.orUnavailable(next);
  }

  /** Records that the client of an anonymous session was asked to sign in. */
  async challenged(session: McpSession): Promise<void> {
    const { challengedAt } = session;
    await this.attempt(
      this.change(session.id, (record) =>
        record.owner === undefined ? { ...record, challengedAt } : undefined,
      ),
    );
  }

  async end(id: string): Promise<Response | undefined> {
    try {
      await this.remove(id);
      return undefined;
    } catch {
      return sessionsUnavailable();
    }
  }

  /** A session has ended here, for every node. */
  ended({ id, subject }: McpSession): void {
    void this.attempt(this.remove(id));
    if (subject !== undefined) void this.attempt(this.records.discount(id, subject));
  }

  subscribed(id: string, uri: string): Promise<void> {
    return this.changeForClient(id, (record) => withUri(record, uri));
  }

  unsubscribed(id: string, uri: string): Promise<void> {
    return this.changeForClient(id, (record) => withoutUri(record, uri));
  }

  logsFrom(id: string, logLevel: LoggingLevel): Promise<void> {
    return this.changeForClient(id, (record) => ({ ...record, logLevel }));
  }

  cancel(id: string, call: CancelledCall): void {
    this.signals.tellCancelled(id, call);
  }

  answer(node: string, id: string, message: JSONRPCResponse): Promise<Response | undefined> {
    return this.answers.send(node, id, message);
  }

  streamOpened(id: string): void {
    this.signals.tellStream(id);
  }

  follow(stream: FollowedStream, connection: EventConnection): Promise<boolean> {
    return this.calls.follow(stream, connection);
  }

  private now(): number {
    return this.parts.backplane.now();
  }

  private async remove(id: string): Promise<void> {
    await this.records.delete(id);
    await this.signals.tellEnded(id);
  }

  /** Counts a session of a person, and ends those that were used longest ago if there are too many. */
  private async count(id: string, subject: string): Promise<void> {
    const evicted = await this.records.count(id, subject);
    for (const other of evicted) void this.attempt(this.remove(other));
  }

  private async renew(session: McpSession): Promise<void> {
    const { id, subject } = session;
    try {
      if (!(await this.records.touch(id))) return this.parts.sessions.drop(id);
      session.confirmedAt = this.now();
      if (subject !== undefined) await this.count(id, subject);
    } catch {
      if (this.now() - this.reachableAt > GRACE_MS) throw new SessionsUnavailableError();
    }
  }

  private async read(id: string): Promise<void> {
    const record = await this.orUnavailable(this.loads.find(id));
    if (!record) return;
    const session = this.parts.restore(id, record);
    session.confirmedAt = this.now();
    void this.attempt(this.records.touch(id));
  }

  /** Brings a copy up to its record. @param since what was announced after this change is not missed */
  private reload(session: McpSession, since?: string): Promise<void> {
    this.loads.outdate(session.id);
    return this.loads.run(session.id, () => this.update(session, since));
  }

  private async update(session: McpSession, since?: string): Promise<void> {
    const { sessions } = this.parts;
    const record = await this.loads.find(session.id);
    if (!record) return sessions.drop(session.id);
    if (record.owner !== session.owner) sessions.changeOwner(session, record.owner);
    session.challengedAt = record.challengedAt;
    session.events.resumeAt(record.generation);
    session.server.restore(record, since);
    session.confirmedAt = this.now();
    session.isOutdated = false;
  }

  private async changeForClient(
    id: string,
    change: (record: SessionRecord) => SessionRecord,
  ): Promise<void> {
    await this.change(id, change).catch(() => {
      throw new ProtocolError(INTERNAL, 'The session cannot be changed now. Try again later.');
    });
  }

  /** Changes the record of a session, and tells the other nodes. @returns whether it was changed */
  private async change(
    id: string,
    change: (record: SessionRecord) => SessionRecord | undefined,
  ): Promise<boolean> {
    const isChanged = await this.records.change(id, change);
    if (isChanged) await this.signals.tellChanged(id);
    return isChanged;
  }

  private heardChange(id: string, cursor: string | undefined): void {
    // Also a copy that is being made.
    this.loads.outdate(id);
    const session = this.parts.sessions.peek(id);
    if (session) this.reloadLater(session, cursor);
  }

  /** Until the copy is as its record is, no request uses it. */
  private reloadLater(session: McpSession, since?: string): void {
    session.isOutdated = true;
    void this.attempt(this.reload(session, since));
  }

  /** Messages of other nodes were lost: what the copies know may be outdated. */
  private forgetCopies(): void {
    for (const session of this.parts.sessions.all) {
      if (session.exchanges.size === 0) this.parts.sessions.drop(session.id);
      else this.reloadLater(session);
    }
  }

  private async orUnavailable<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch {
      throw new SessionsUnavailableError();
    }
  }

  /** For what a later request does again, or a lifetime ends. */
  private async attempt(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.logger.debug(`A change of a session ${describeFailure(error)}.`);
    }
  }
}

const INTERNAL = ProtocolErrorCode.InternalError;
/** How long a session that this node knows goes on while Redis is away, in milliseconds. */
const GRACE_MS = 60_000;
