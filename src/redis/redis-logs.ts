import {
  isCursor,
  type Json,
  type LogBounds,
  type Logs,
  type TopicMessage,
} from '../backplane/backplane.js';
import { RedisScript, type RedisCommands } from './redis-commands.js';
import type { Sealer } from './sealer.js';
import type { UnopenedLog } from './unopened-log.js';

/** Logs as Redis streams, with an end. */
export class RedisLogs implements Logs {
  constructor(
    private readonly redis: RedisCommands,
    private readonly sealer: Sealer,
    private readonly unopened: UnopenedLog,
  ) {}

  async append(log: string, entry: Json, { ttlMs, maxEntries }: LogBounds): Promise<string> {
    const name = this.redis.key('g', log);
    const sealed = this.sealer.seal(entry, name);
    return String(await this.redis.script(APPEND, name, sealed, maxEntries, Math.ceil(ttlMs)));
  }

  async read(log: string, after?: string): Promise<readonly TopicMessage[] | undefined> {
    const name = this.redis.key('g', log);
    if (after !== undefined && !isCursor(after)) return undefined;
    const found = await this.redis.call((client) => client.xrange(name, after ?? '-', '+'));
    if (after === undefined ? found.length === 0 : found[0]?.[0] !== after) return undefined;
    return found.slice(after === undefined ? 0 : 1).flatMap(([cursor, [, sealed = '']]) => {
      const message = this.sealer.open(sealed, name);
      if (!message) this.unopened.log('An event');
      return message ? [{ cursor, message }] : [];
    });
  }
}

const APPEND = new RedisScript(`
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[2], '*', 'd', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return id
`);
