import type { Logger } from '@nestjs/common';
import type { RedisCommands } from './redis-commands.js';
import { UnfitRedisError } from './redis.errors.js';

/**
 * Checks what the server is.
 *
 * @throws {UnfitRedisError} it is older than Redis 7 or Valkey 7.2, or evicts keys
 */
export async function checkServer(redis: RedisCommands, logger: Logger): Promise<void> {
  const { server, memory } = await readInfo(redis);
  if (server === undefined) {
    logger.warn(
      'Redis does not tell its version and its maxmemory-policy. Allow INFO, or make sure that it is 7 or later, with noeviction.',
    );
    return;
  }
  const version = valueOf('valkey_version', server) ?? valueOf('redis_version', server) ?? '';
  const isValkey = valueOf('valkey_version', server) !== undefined;
  if (!isAtLeast(version, isValkey ? [7, 2] : [7, 0])) {
    throw new UnfitRedisError(
      `the server is version ${version}. Use Redis 7 or later, or Valkey 7.2 or later.`,
    );
  }
  const policy = valueOf('maxmemory_policy', memory ?? '');
  if (policy !== undefined && policy !== 'noeviction') {
    throw new UnfitRedisError(
      `maxmemory-policy is ${policy}, so Redis would drop sessions and revocations without notice. Set it to noeviction.`,
    );
  }
}

/** The answers to INFO; without members if the user of the connection may not ask. */
async function readInfo(redis: RedisCommands): Promise<{
  readonly server?: string;
  readonly memory?: string;
}> {
  let isForbidden = false;
  const info = await redis.call(async (client) => {
    try {
      return { server: await client.info('server'), memory: await client.info('memory') };
    } catch (error) {
      isForbidden = error instanceof Error && error.message.startsWith('NOPERM');
      if (!isForbidden) throw error;
      return {};
    }
  });
  return info;
}

function valueOf(name: string, info: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ours = 0, ourMinor = 0] = version.split('.').map(Number);
  return ours > major || (ours === major && ourMinor >= minor);
}
