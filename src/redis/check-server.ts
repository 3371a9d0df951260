import type { Logger } from '@nestjs/common';
import type { RedisCommands } from './redis-commands.js';
import { UnfitRedisError } from './redis.errors.js';

/**
 * Checks what the server is.
 *
 * @throws {UnfitRedisError} it is older than Redis 7 or Valkey 7.2, or evicts keys
 */
export async function checkServer(redis: RedisCommands, logger: Logger): Promise<void> {
  const info = await redis.call((client) => readInfo(client));
  if (info === undefined) {
    logger.warn(
      'Redis does not tell its version and its maxmemory-policy. Allow INFO, or make sure that it is 7 or later, with noeviction.',
    );
    return;
  }
  const [problem] = problemsOfServer(info);
  if (problem !== undefined) throw new UnfitRedisError(problem);
}

/** What a server says of itself. */
export interface RedisInfo {
  /** `Redis 7.4.1`, `Valkey 8.0.0`. */
  readonly name: string;
  readonly isValkey: boolean;
  readonly version: string;
  /** `maxmemory-policy`; `undefined` if the server does not tell it. */
  readonly policy: string | undefined;
}

/** Reads INFO; `undefined` if the user of the connection may not ask. */
export async function readInfo(client: {
  info(section: string): Promise<string>;
}): Promise<RedisInfo | undefined> {
  try {
    const [server, memory] = [await client.info('server'), await client.info('memory')];
    const valkey = valueOf('valkey_version', server);
    const version = valkey ?? valueOf('redis_version', server) ?? '';
    return {
      name: `${valkey === undefined ? 'Redis' : 'Valkey'} ${version}`,
      isValkey: valkey !== undefined,
      version,
      policy: valueOf('maxmemory_policy', memory),
    };
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('NOPERM')) return undefined;
    throw error;
  }
}

/** Why a server does not fit, each with its cure. */
export function problemsOfServer({ version, isValkey, policy }: RedisInfo): readonly string[] {
  const isOld = !isAtLeast(version, isValkey ? [7, 2] : [7, 0]);
  return [
    ...(isOld
      ? [`the server is version ${version}. Use Redis 7 or later, or Valkey 7.2 or later.`]
      : []),
    ...(policy !== undefined && policy !== 'noeviction'
      ? [
          `maxmemory-policy is ${policy}, so Redis would drop sessions and revocations without notice. Set it to noeviction.`,
        ]
      : []),
  ];
}

function valueOf(name: string, info: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ours = 0, ourMinor = 0] = version.split('.').map(Number);
  return ours > major || (ours === major && ourMinor >= minor);
}
