import type { Json, Records, RecordWrite, StoredRecord } from '../backplane/backplane.js';
import { RedisScript, type RedisCommands } from './redis-commands.js';
import type { Sealer } from './sealer.js';
import type { UnopenedLog } from './unopened-log.js';

/** Records as strings, `<revision> <sealed value>`. */
export class RedisRecords implements Records {
  constructor(
    private readonly redis: RedisCommands,
    private readonly sealer: Sealer,
    private readonly unopened: UnopenedLog,
  ) {}

  async get(key: string): Promise<StoredRecord | undefined> {
    const name = this.redis.key('r', key);
    const stored = await this.redis.call((client) => client.get(name));
    if (stored === null) return undefined;
    const space = stored.indexOf(' ');
    const value = this.sealer.open(stored.slice(space + 1), name);
    if (!value) this.unopened.log('A record');
    return value && { value, revision: Number(stored.slice(0, space)) };
  }

  async put(key: string, value: Json, write: RecordWrite): Promise<number | undefined> {
    const name = this.redis.key('r', key);
    const { ttlMs, revision = -1 } = write;
    const sealed = this.sealer.seal(value, name);
    const given = await this.redis.script(PUT, name, sealed, Math.ceil(ttlMs), revision);
    return Number(given) === 0 ? undefined : Number(given);
  }

  async touch(key: string, ttlMs: number): Promise<boolean> {
    const name = this.redis.key('r', key);
    return (await this.redis.call((client) => client.pexpire(name, Math.ceil(ttlMs)))) === 1;
  }

  async delete(key: string, revision = -1): Promise<boolean> {
    return (await this.redis.script(DELETE, this.redis.key('r', key), revision)) === 1;
  }
}

/** Revisions grow with the clock of Redis, so that a record made again never has an earlier one. */
const PUT = new RedisScript(`
  local stored = redis.call('GET', KEYS[1])
  local revision = 0
  if stored then revision = tonumber(string.match(stored, '^%d+')) or 0 end
  local expected = tonumber(ARGV[3])
  if expected >= 0 and expected ~= revision then return 0 end
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local next = math.max(revision + 1, now)
  redis.call('SET', KEYS[1], string.format('%.0f', next) .. ' ' .. ARGV[1], 'PX', ARGV[2])
  return next
`);

const DELETE = new RedisScript(`
  local stored = redis.call('GET', KEYS[1])
  if not stored then return 0 end
  local expected = tonumber(ARGV[1])
  if expected >= 0 and expected ~= tonumber(string.match(stored, '^%d+')) then return 0 end
  return redis.call('DEL', KEYS[1])
`);
