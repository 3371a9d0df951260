import { describe } from 'vitest';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import { resolveRedisOptions } from '../../src/redis/redis.options.js';
import { describeBackplane } from '../backplane/backplane-contract.js';
import { CLUSTER_SECRET, RedisServer } from './support/redis-server.js';

describe('RedisBackplane', () => {
  describeBackplane(async () => {
    const redis = await RedisServer.start();
    const options = resolveRedisOptions({
      url: redis.url,
      secret: CLUSTER_SECRET,
      timeoutMs: 30_000,
    });
    const one = new RedisBackplane(options);
    const other = new RedisBackplane(options);
    await Promise.all([one.start(), other.start()]);
    return {
      one,
      other,
      close: async () => {
        await Promise.all([one.stop(), other.stop()]);
        await redis.stop();
      },
    };
  });
});
