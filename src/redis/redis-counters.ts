import type { Counters, Hits, HitSums, SetEntry } from '../backplane/backplane.js';
import { NOW, RedisScript, type RedisCommands } from './redis-commands.js';
import type { Sealer } from './sealer.js';

/** Hits in a hash per key, and sets ordered by the time at which their members fall out. */
export class RedisCounters implements Counters {
  constructor(
    private readonly redis: RedisCommands,
    private readonly sealer: Sealer,
  ) {}

  addHits(hits: readonly Hits[]): Promise<readonly HitSums[]> {
    // ioredis writes the commands of one turn of the event loop at once.
    return Promise.all(hits.map((one) => this.add(one)));
  }

  private async add({ key, windowMs, hits, limit }: Hits): Promise<HitSums> {
    const name = this.redis.key('h', key);
    const answer = await this.redis.script(ADD_HITS, name, windowMs, hits, limit ?? -1);
    const [current = 0, earlier = 0, elapsedMs = 0, counted = 0] = (answer as unknown[]).map(
      Number,
    );
    return { key, current, earlier, elapsedMs, isCounted: counted === 1 };
  }

  async enter(
    set: string,
    member: string,
    { max, ttlMs, evicts = false }: SetEntry,
  ): Promise<{ readonly isMember: boolean; readonly evicted: readonly string[] }> {
    const name = this.redis.key('s', set);
    const sealed = this.sealer.sealMember(member, name);
    const answer = await this.redis.script(
      ENTER,
      name,
      sealed,
      max,
      Math.ceil(ttlMs),
      Number(evicts),
    );
    const [isMember, ...evicted] = (answer as unknown[]).map(String);
    return { isMember: isMember === '1', evicted: this.openAll(evicted, name) };
  }

  async leave(set: string, member: string): Promise<void> {
    const name = this.redis.key('s', set);
    await this.redis.call((client) => client.zrem(name, this.sealer.sealMember(member, name)));
  }

  async members(set: string): Promise<readonly string[]> {
    const name = this.redis.key('s', set);
    const answer = await this.redis.script(MEMBERS, name);
    return this.openAll((answer as unknown[]).map(String), name);
  }

  private openAll(sealed: readonly string[], name: string): readonly string[] {
    const members = sealed.map((one) => this.sealer.openMember(one, name));
    return [...new Set(members.filter((member) => member !== undefined))];
  }
}

/** The windows follow the clock of Redis: those of the nodes may differ. */
const ADD_HITS =
  new RedisScript(`${NOW}  local length, hits, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local window, elapsed = math.floor(now / length), now % length
  local known = redis.call('HMGET', KEYS[1], 'w', 'c', 'e')
  local last, current, earlier = tonumber(known[1]), tonumber(known[2]) or 0, tonumber(known[3]) or 0
  if last ~= window then
    earlier = (last == window - 1) and current or 0
    current = 0
  end
  local counted = 1
  if hits > 0 then
    if limit >= 0 and current + earlier * (1 - elapsed / length) + hits > limit then counted = 0
    else
      current = current + hits
      redis.call('HSET', KEYS[1], 'w', window, 'c', current, 'e', earlier)
      redis.call('PEXPIRE', KEYS[1], 2 * length)
    end
  end
  return { current, earlier, elapsed, counted }
`);

/** Scores are the times at which members fall out. The set lives as long as the last of them. */
const ENTER =
  new RedisScript(`${NOW}  local member, max, ttl = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  local answer = { 1 }
  if not redis.call('ZSCORE', KEYS[1], member) then
    local excess = redis.call('ZCARD', KEYS[1]) - max + 1
    if excess > 0 then
      if ARGV[4] == '0' then return { 0 } end
      local popped = redis.call('ZPOPMIN', KEYS[1], excess)
      for at = 1, #popped, 2 do answer[#answer + 1] = popped[at] end
    end
  end
  redis.call('ZADD', KEYS[1], now + ttl, member)
  local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last + 1000))
  return answer
`);

const MEMBERS =
  new RedisScript(`${NOW}  return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
`);
