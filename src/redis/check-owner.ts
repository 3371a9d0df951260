import type { RedisCommands } from './redis-commands.js';
import { RedisConfigurationError } from './redis.errors.js';
import type { Sealer } from './sealer.js';

/**
 * Checks that no other service uses the prefix: a mark that only the own secrets open is kept there.
 *
 * @throws {RedisConfigurationError}
 */
export async function checkOwner(redis: RedisCommands, sealer: Sealer): Promise<void> {
  const key = redis.key('o', 'owner');
  const mark = sealer.seal({ v: 1 }, key);
  const found = await redis.call(async (client) => {
    await client.set(key, mark, 'PX', MARK_MS, 'NX');
    return client.get(key);
  });
  if (found !== null && !sealer.open(found, key)) {
    throw new RedisConfigurationError(
      'another service uses the same prefix (REDIS_PREFIX) with another secret. Give this one another prefix, or the secret of that service (CLUSTER_SECRET). To replace a secret, list both, the new one first.',
    );
  }
  // By the newest secret, so that the old one can be dropped from the list later.
  await redis.call((client) => client.set(key, mark, 'PX', MARK_MS));
}

/** A service that has not started for so long has left the prefix, in milliseconds. */
const MARK_MS = 30 * 24 * 3_600_000;
