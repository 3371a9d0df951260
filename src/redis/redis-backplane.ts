import { Logger } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { Backplane } from '../backplane/backplane.js';
import { describeFailure } from '../backplane/contained-seam.js';
import { createNodeId } from '../backplane/node-id.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { checkOwner } from './check-owner.js';
import { LongestLag } from './longest-lag.js';
import { checkServer } from './check-server.js';
import { createConnection, describeRedisFailure, withTimeLimit } from './redis-connection.js';
import { RedisCommands } from './redis-commands.js';
import { RedisCounters } from './redis-counters.js';
import { RedisLeases } from './redis-leases.js';
import { RedisLogs } from './redis-logs.js';
import { RedisMailbox } from './redis-mailbox.js';
import {
  resolveRedisOptions,
  type RedisModuleOptions,
  type ResolvedRedisOptions,
} from './redis.options.js';
import { RedisRecords } from './redis-records.js';
import { RedisTopics } from './redis-topics.js';
import { UnfitRedisError, RedisConfigurationError } from './redis.errors.js';
import { Sealer } from './sealer.js';
import { StreamReader } from './stream-reader.js';
import { UnopenedLog } from './unopened-log.js';

/** The backplane over Redis 7 or later, or Valkey 7.2 or later. Two connections per node. */
export class RedisBackplane extends Backplane {
  readonly isShared = true;
  readonly nodeId = createNodeId();
  readonly records: RedisRecords;
  readonly topics: RedisTopics;
  readonly logs: RedisLogs;
  readonly mailbox: RedisMailbox;
  readonly counters: RedisCounters;
  readonly leases: RedisLeases;
  private readonly logger = new Logger('RedisModule');
  private readonly client: Redis | Cluster;
  private readonly commands: RedisCommands;
  private readonly reader: StreamReader;
  private readonly sealer: Sealer;
  private readonly reached = new Set<() => void>();
  private readonly flushed = new Set<() => void>();
  private starting: Promise<void> | undefined;
  /** Why a connection failed last: the error of `connect` does not say. */
  private connectionError: unknown;
  private again: NodeJS.Timeout | undefined;
  private loggedAt = Number.NEGATIVE_INFINITY;
  private isStarted = false;
  private isFirstAttempt = true;
  private isStopped = false;

  constructor(private readonly options: ResolvedRedisOptions) {
    super();
    const { secrets, timeoutMs } = options;
    const { nodeId } = this;
    const sealer = new Sealer(secrets);
    const unopened = new UnopenedLog();
    this.sealer = sealer;
    this.client = createConnection(options, timeoutMs);
    this.commands = new RedisCommands(this.client, options, () => this.answered());
    const streams = createConnection(options);
    this.reader = new StreamReader(streams);
    // Either may be the first that cannot connect.
    for (const connection of [this.client, streams]) {
      connection.on('error', (error: unknown) => (this.connectionError = error));
    }
    this.leases = new RedisLeases(this.commands, nodeId, () => this.tellAll(this.flushed));
    this.records = new RedisRecords(this.commands, sealer, unopened);
    this.logs = new RedisLogs(this.commands, sealer, unopened);
    this.counters = new RedisCounters(this.commands, sealer);
    this.mailbox = new RedisMailbox(
      this.commands,
      this.leases,
      sealer,
      unopened,
      nodeId,
      this.reader,
    );
    this.topics = new RedisTopics(this.commands, this.reader, sealer, unopened, () =>
      this.mailbox.wake(),
    );
  }

  override get isReachable(): boolean {
    return this.isStarted && this.commands.isReachable;
  }

  override now(): number {
    return this.leases.now();
  }

  override keys(purpose: string): readonly [Uint8Array, ...Uint8Array[]] {
    return this.sealer.keys(purpose);
  }

  override onReachable(listener: () => void): () => void {
    this.reached.add(listener);
    if (this.isReachable) listener();
    return () => this.reached.delete(listener);
  }

  override onDataLost(listener: () => void): () => void {
    this.flushed.add(listener);
    return () => this.flushed.delete(listener);
  }

  /**
   * Connects, and waits until it has: the time limit of one command at most. Without a connection it
   * resolves, and connects later.
   *
   * @throws {UnfitRedisError} the server is too old, or evicts keys
   * @throws {RedisConfigurationError} another service uses the prefix
   */
  async start(): Promise<void> {
    this.client.on('ready', () => void this.connected());
    const reader = this.reader.connect();
    try {
      await withTimeLimit(Promise.all([this.client.connect(), reader]), this.options.timeoutMs * 2);
      await this.begin();
    } catch (error) {
      if (isUnusable(error)) {
        await this.stop();
        throw error;
      }
      this.logger.warn(
        `Redis ${describeRedisFailure(this.connectionError ?? error)} at the start. This node is not ready, and tries again.`,
      );
    } finally {
      this.isFirstAttempt = false;
    }
  }

  /** Tells an instrumentation how Redis does. */
  tell(instrumentation: Instrumentation): void {
    const { commands, mailbox, reader } = this;
    const lag = new LongestLag(() => this.now());
    reader.onhandled = (cursor) => lag.handled(cursor);
    commands.onfailure = () => instrumentation.count('nestjs_clerk_mcp.backplane.failures');
    instrumentation.gauge('nestjs_clerk_mcp.backplane.pending', () => ({
      value: commands.pending,
    }));
    instrumentation.gauge('nestjs_clerk_mcp.backplane.reachable', () => ({
      value: this.isReachable ? 1 : 0,
    }));
    instrumentation.gauge('nestjs_clerk_mcp.backplane.lag', () => ({ value: lag.take() }));
    instrumentation.gauge('nestjs_clerk_mcp.backplane.messages', () => ({
      value: mailbox.waiting,
      attributes: { state: 'waiting' },
    }));
    instrumentation.gauge('nestjs_clerk_mcp.backplane.messages', () => ({
      value: mailbox.handling,
      attributes: { state: 'handling' },
    }));
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    this.topics.stop();
    clearTimeout(this.again);
    await this.leases.stop();
    this.reader.stop();
    this.client.disconnect();
  }

  /** The connection stands, for the first time or again. */
  private async connected(): Promise<void> {
    if (this.isStopped) return;
    try {
      if (!this.isStarted) return await this.begin();
      // Its answer tells that Redis is back.
      await this.leases.renew();
      await this.topics.findEnds();
    } catch (error) {
      // `start` throws what it finds itself.
      if (this.isFirstAttempt) return;
      const what = isUnusable(error) ? error.message : `Redis ${describeRedisFailure(error)}.`;
      if (performance.now() - this.loggedAt < LOG_EVERY_MS) return;
      this.loggedAt = performance.now();
      this.logger.error(what);
    }
  }

  /** Redis answers after it did not: the connection was lost, or stood while the server hung. */
  private answered(): void {
    if (this.isStarted) queueMicrotask(() => this.tellAll(this.reached));
  }

  private begin(): Promise<void> {
    this.starting ??= this.beginOnce()
      .catch((error: unknown) => {
        // A command may time out on a connection that stands, which then tells nothing more.
        if (!isUnusable(error)) this.beginAgain();
        throw error;
      })
      .finally(() => {
        this.starting = undefined;
      });
    return this.starting;
  }

  private beginAgain(): void {
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      if (!this.isStopped && !this.isStarted) void this.connected();
    }, RETRY_MS).unref();
  }

  private async beginOnce(): Promise<void> {
    if (this.isStarted) return;
    await checkServer(this.commands, this.logger);
    await checkOwner(this.commands, this.sealer);
    await this.leases.start();
    await this.topics.findEnds();
    this.reader.start();
    this.isStarted = true;
    this.tellAll(this.reached);
  }

  private tellAll(listeners: ReadonlySet<() => void>): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        this.logger.error(`A listener of the backplane ${describeFailure(error)}.`);
      }
    }
  }
}

/**
 * The backplane of a node, started.
 *
 * @throws {RedisConfigurationError} an option is missing, malformed or weak
 * @throws {UnfitRedisError} the server is too old, or evicts keys
 */
export async function startRedisBackplane(
  options: RedisModuleOptions | undefined,
): Promise<RedisBackplane> {
  const backplane = new RedisBackplane(resolveRedisOptions(options));
  await backplane.start();
  return backplane;
}

const RETRY_MS = 1_000;
const LOG_EVERY_MS = 60_000;

/** Whether trying again cannot help. */
function isUnusable(error: unknown): error is UnfitRedisError | RedisConfigurationError {
  return error instanceof UnfitRedisError || error instanceof RedisConfigurationError;
}
