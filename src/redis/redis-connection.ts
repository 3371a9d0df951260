import { Cluster, Redis } from 'ioredis';
import { describeFailure } from '../backplane/contained-seam.js';
import type { ResolvedRedisOptions } from './redis.options.js';

/**
 * Creates a connection that is made with `connect()` and again after each loss.
 *
 * @param commandTimeout milliseconds. Default: none, for commands that wait
 */
export function createConnection(
  { server }: Pick<ResolvedRedisOptions, 'server'>,
  commandTimeout?: number,
): Redis | Cluster {
  const options = { ...OPTIONS, ...(commandTimeout !== undefined && { commandTimeout }) };
  const client = 'url' in server ? new Redis(server.url, options) : copy(server.client, options);
  // Failures are reported by the commands that need the connection.
  client.on('error', () => undefined);
  return client;
}

/**
 * Waits for an answer of Redis.
 *
 * @param onlate called after the time, in milliseconds, when the wait fails
 */
export async function withTimeLimit<T>(
  answer: Promise<T>,
  milliseconds: number,
  onlate: () => void = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('timed out'));
      onlate();
    }, milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}

/** Why a connection or a command failed, without addresses, keys and values: `failed with WRONGPASS`. */
export function describeRedisFailure(error: unknown): string {
  const kind = error instanceof Error ? REPLY.exec(error.message)?.[1] : undefined;
  return kind === undefined ? describeFailure(error) : `failed with ${kind}`;
}

/** The first word of an error that the server answers. */
const REPLY = /^([A-Z]{4,20}) /;

function copy(client: Redis | Cluster, options: typeof OPTIONS): Redis | Cluster {
  if (!(client instanceof Cluster)) return client.duplicate(options);
  const { lazyConnect, enableOfflineQueue, retryStrategy, ...ofNodes } = options;
  return client.duplicate(undefined, {
    lazyConnect,
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { ...client.options.redisOptions, ...ofNodes },
  });
}

/** A server that hangs must be an error, never a queue. */
const OPTIONS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  connectTimeout: 2_000,
  replyMapping: 'legacy',
  /** @returns the time before the next attempt, in milliseconds */
  retryStrategy: (attempts: number): number => Math.min(50 * 2 ** Math.min(attempts, 6), 1_000),
} as const;
