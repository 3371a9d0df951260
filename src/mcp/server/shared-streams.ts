import type { ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import { sharesOf, type CallerShares } from '../../access/caller-shares.js';
import type { Backplane } from '../../backplane/backplane.js';
import { trustedAddressKey } from '../../request/caller-key.js';
import type { Principal } from '../../request/principal.js';
import { whenClosed } from './node-response.js';

/** Who opens a stream. */
interface StreamOpener {
  readonly principal: Principal | undefined;
  /** The request of the HTTP framework. */
  readonly request: object;
}

/**
 * Counts the open streams of each caller at all nodes, as members of sets that name their node. A stream
 * enters when it opens, and leaves when it closes. Those of nodes that have ended leave when the limit is
 * reached, or fall out.
 *
 * While the engine does not answer, each node counts by itself.
 */
export class SharedStreams {
  private readonly streams = new Map<string, OpenStream>();
  private readonly ends: readonly (() => void)[] = [];
  /** When streams of ended nodes were looked for last, by share. */
  private readonly lookedAt = new LRUCache<string, number>({ max: MAX_SHARES });
  private opened = 0;

  /** @param path of the endpoint, each of which has its own limit */
  constructor(
    private readonly backplane: Pick<
      Backplane,
      'counters' | 'leases' | 'nodeId' | 'onDataLost' | 'isShared'
    >,
    private readonly path: string,
    private readonly shares: Pick<CallerShares, 'capOf'>,
  ) {
    if (!backplane.isShared) return;
    const timer = setInterval(() => void this.renew(), EVERY_MS).unref();
    this.ends = [
      () => clearInterval(timer),
      backplane.onDataLost(() => {
        for (const stream of this.streams.values()) stream.enteredAt = Number.NEGATIVE_INFINITY;
      }),
    ];
  }

  /**
   * Counts a stream until its response closes.
   *
   * @param sessionId of a stream of a session, which has one at all nodes: the one that was opened last
   * @returns false if the caller has too many; true in a service of one process
   */
  async admit(
    { principal, request }: StreamOpener,
    response: ServerResponse,
    sessionId = '',
  ): Promise<boolean> {
    if (!this.backplane.isShared) return true;
    this.opened += 1;
    const address = trustedAddressKey(request);
    const shares = sharesOf({ principal, address });
    const id = SESSION.test(sessionId) ? sessionId : String(this.opened);
    const key = JSON.stringify([id, ...shares]);
    const stream = this.streams.get(key) ?? this.create(id, shares);
    stream.responses.add(response);
    this.streams.set(key, stream);
    whenClosed(response, () => this.closed(key, response));
    return this.enter(stream);
  }

  private create(id: string, shares: readonly string[]): OpenStream {
    const member = `${this.backplane.nodeId} ${id}`;
    return { id, member, shares, responses: new Set(), enteredAt: Number.NEGATIVE_INFINITY };
  }

  close(): void {
    for (const end of this.ends) end();
    for (const stream of this.streams.values()) this.leave(stream);
    this.streams.clear();
  }

  private setOf(share: string): string {
    return `streams ${JSON.stringify([this.path, share])}`;
  }

  private closed(key: string, response: ServerResponse): void {
    const stream = this.streams.get(key);
    if (!stream?.responses.delete(response) || stream.responses.size > 0) return;
    this.streams.delete(key);
    this.leave(stream);
  }

  /** Where it fails, the members fall out. */
  private leave({ member, shares }: OpenStream): void {
    for (const share of shares) {
      this.backplane.counters.leave(this.setOf(share), member).catch(() => undefined);
    }
  }

  /** @returns false if a share is used up; true while the engine does not answer */
  private async enter(stream: OpenStream): Promise<boolean> {
    const { shares, member } = stream;
    try {
      for (const share of shares) {
        if (await this.enterShare(share, member)) continue;
        await this.makeRoom(share, stream);
        if (!(await this.enterShare(share, member))) return false;
      }
      stream.enteredAt = performance.now();
    } catch {
      // It enters with the next renewal.
    }
    return true;
  }

  private async enterShare(share: string, member: string): Promise<boolean> {
    const entry = { max: this.shares.capOf(share), ttlMs: TTL_MS };
    return (await this.backplane.counters.enter(this.setOf(share), member, entry)).isMember;
  }

  /** Removes the streams of nodes that have ended, and the one that this one replaces. */
  private async makeRoom(share: string, { id }: OpenStream): Promise<void> {
    const { counters } = this.backplane;
    const set = this.setOf(share);
    const members = await counters.members(set);
    const ended = await this.endedNodes(share, members);
    for (const other of members) {
      const [node = '', otherId] = other.split(' ');
      const isReplaced = SESSION.test(id) && otherId === id;
      if (isReplaced || ended.has(node)) await counters.leave(set, other);
    }
  }

  /** The nodes of these streams that have ended, at most once in some seconds. */
  private async endedNodes(
    share: string,
    members: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const { leases } = this.backplane;
    const ended = new Set<string>();
    const now = performance.now();
    if (now - (this.lookedAt.get(share) ?? Number.NEGATIVE_INFINITY) < LOOK_MS) return ended;
    this.lookedAt.set(share, now);
    for (const node of new Set(members.map((member) => member.split(' ')[0] ?? ''))) {
      if (!(await leases.isAlive(node))) ended.add(node);
    }
    return ended;
  }

  private async renew(): Promise<void> {
    const dueAt = performance.now() - RENEW_MS;
    const due = [...this.streams.values()].filter(({ enteredAt }) => enteredAt < dueAt);
    await Promise.all(due.slice(0, AT_ONCE).map((stream) => this.enter(stream)));
  }
}

interface OpenStream {
  /** Of its session, or a number. */
  readonly id: string;
  /** In the sets. */
  readonly member: string;
  readonly shares: readonly string[];
  readonly responses: Set<ServerResponse>;
  /** By the monotonic clock. */
  enteredAt: number;
}

/** The id of a session, which names a node. */
const SESSION = /^[a-z0-9]{8}\.[\w-]{1,64}$/;
/** Time after which a stream falls out that is not renewed, in milliseconds. */
const TTL_MS = 10 * 60_000;
const RENEW_MS = 4 * 60_000;
const EVERY_MS = 5_000;
/** Streams that are renewed at once. */
const AT_ONCE = 500;
const LOOK_MS = 5_000;
const MAX_SHARES = 1_000;
