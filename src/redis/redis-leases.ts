import { randomUUID } from 'node:crypto';
import type { Lease, Leases } from '../backplane/backplane.js';
import { NOW, RedisScript, type RedisCommands } from './redis-commands.js';

/** Leases by the clock of Redis. The lease of this node is renewed while {@link start} is in force. */
export class RedisLeases implements Leases {
  private readonly lost = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  /** When the last renewal that succeeded began, by the monotonic clock; `undefined` before the first. */
  private renewedAt: number | undefined;
  private isRenewing = false;
  /** The clock of Redis, minus the monotonic clock; `undefined` before the first answer. */
  private offset: number | undefined;

  constructor(
    private readonly redis: RedisCommands,
    private readonly nodeId: string,
    private readonly onflushed: () => void,
  ) {}

  private get nodes(): string {
    return this.redis.key('n', 'nodes');
  }

  /** Renews the lease of this node until {@link stop}. @throws {BackplaneError} */
  async start(): Promise<void> {
    this.timer ??= setInterval(() => void this.renew().catch(() => undefined), RENEW_MS).unref();
    await this.renew();
  }

  /** Ends the lease of this node. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.forget(this.nodeId).catch(() => undefined);
  }

  async isAlive(node: string): Promise<boolean> {
    return (await this.redis.script(IS_ALIVE, this.nodes, node, NODE_TTL_MS)) === 1;
  }

  async gone(): Promise<readonly string[]> {
    const found = await this.redis.script(GONE, this.nodes, NODE_TTL_MS);
    return (found as unknown[]).map(String).filter((node) => node !== this.nodeId);
  }

  async forget(node: string): Promise<void> {
    await this.redis.call((client) => client.zrem(this.nodes, node));
  }

  onLost(listener: () => void): () => void {
    this.lost.add(listener);
    return () => this.lost.delete(listener);
  }

  async acquire(name: string, ttlMs: number): Promise<Lease | undefined> {
    const key = this.redis.key('l', name);
    const value = `${this.nodeId} ${randomUUID()}`;
    const set = await this.redis.call((client) =>
      client.set(key, value, 'PX', Math.ceil(ttlMs), 'NX'),
    );
    if (set === null) return undefined;
    return { release: async () => void (await this.redis.script(RELEASE, key, value)) };
  }

  /** Milliseconds since the epoch by the clock of Redis, as it was told with the last renewal. */
  now(): number {
    return this.offset === undefined ? Date.now() : performance.now() + this.offset;
  }

  private setClock(now: number, startedAt: number): void {
    const endedAt = performance.now();
    // The answer may have waited for this process, such as while it was frozen.
    if (this.offset !== undefined && endedAt - startedAt > LATE_MS) return;
    this.offset = now - (startedAt + endedAt) / 2;
  }

  /** Renews the lease of this node, at once after an outage. */
  async renew(): Promise<void> {
    if (this.isRenewing) return;
    this.isRenewing = true;
    const startedAt = performance.now();
    try {
      const answer = await this.redis.script(HEARTBEAT, this.nodes, this.nodeId);
      const [wasThere, now] = (answer as unknown[]).map(Number);
      this.setClock(Number(now), startedAt);
      const { renewedAt } = this;
      this.renewedAt = startedAt;
      if (renewedAt === undefined) return;
      // Others may have taken this node for dead.
      if (performance.now() - renewedAt > NODE_TTL_MS) for (const lost of this.lost) lost();
      if (wasThere === 0) this.onflushed();
    } finally {
      this.isRenewing = false;
    }
  }
}

/** A node that has not renewed its lease for this long has ended, in milliseconds. */
const NODE_TTL_MS = 15_000;
const RENEW_MS = 5_000;
/** An answer that took longer does not set the clock, in milliseconds. */
const LATE_MS = 1_000;

const HEARTBEAT = new RedisScript(`${NOW}
  local was = redis.call('ZSCORE', KEYS[1], ARGV[1]) and 1 or 0
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], 86400000)
  return { was, now }
`);

const IS_ALIVE = new RedisScript(`${NOW}
  local at = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0')
  return now - at <= tonumber(ARGV[2]) and 1 or 0
`);

const GONE = new RedisScript(`${NOW}
  return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. (now - tonumber(ARGV[1])))
`);

const RELEASE = new RedisScript(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])
`);
