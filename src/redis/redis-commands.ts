import { hash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { BackplaneError } from '../backplane/backplane.errors.js';
import { ContainedSeam, SeamFailedError } from '../backplane/contained-seam.js';
import { docsPage } from '../docs/docs-page.js';
import type { ResolvedRedisOptions } from './redis.options.js';

/** Runs commands with a time limit, and names the keys of this service. */
export class RedisCommands {
  private readonly seam: ContainedSeam;
  private hasAnswered = false;
  /** Number of commands without an answer. */
  pending = 0;
  /** Called for each command that failed. */
  onfailure: () => void = () => undefined;

  /** @param onanswer called with the first answer after a failure */
  constructor(
    private readonly client: Redis | Cluster,
    private readonly options: Pick<ResolvedRedisOptions, 'prefix' | 'timeoutMs'>,
    private readonly onanswer: () => void = () => undefined,
  ) {
    this.seam = new ContainedSeam({
      name: 'Redis',
      consequence: `Until it answers, this node works by itself: ${docsPage('several-nodes')}`,
      // ioredis has the limit, too; this one is for a pipeline that never starts.
      timeoutMs: options.timeoutMs + 100,
    });
  }

  /** Whether the last command was answered, and the connection stands. */
  get isReachable(): boolean {
    return this.hasAnswered && this.client.status === 'ready';
  }

  /**
   * Name of a key. It tells nothing of a session or a person.
   *
   * @param kind one letter for what the key is
   */
  key(kind: string, name: string): string {
    return `${this.options.prefix}:${kind}:${digestOf(kind, name)}`;
  }

  /** Name of a key that is read together with others: all of them are in one slot of a Cluster. */
  topicKey(kind: string, name: string): string {
    return `{${this.options.prefix}:t}:${kind}:${digestOf(kind, name)}`;
  }

  /** @throws {BackplaneError} Redis failed or did not answer in time */
  async call<T>(command: (client: Redis | Cluster) => Promise<T>): Promise<T> {
    this.pending += 1;
    try {
      const answer = await this.seam.call(() => command(this.client));
      if (!this.hasAnswered) {
        this.hasAnswered = true;
        this.onanswer();
      }
      return answer;
    } catch (cause) {
      this.hasAnswered = false;
      this.onfailure();
      throw cause instanceof SeamFailedError ? new BackplaneError('Redis did not answer') : cause;
    } finally {
      this.pending -= 1;
    }
  }

  /** Runs a script on one key. @throws {BackplaneError} */
  script(
    script: RedisScript,
    key: string,
    ...args: readonly (string | number)[]
  ): Promise<unknown> {
    return this.call(async (client) => {
      try {
        return await client.evalsha(script.sha, 1, key, ...args);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return client.eval(script.lua, 1, key, ...args);
      }
    });
  }
}

/** A Lua script on one key, so that it runs on a Cluster as well. */
export class RedisScript {
  readonly sha: string;

  constructor(readonly lua: string) {
    this.sha = hash('sha1', lua);
  }
}

/** Lua: `now`, the clock of Redis in milliseconds. Those of the nodes may differ. */
export const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

function digestOf(kind: string, name: string): string {
  return hash('sha256', `${kind}\n${name}`, 'base64url').slice(0, DIGEST_LENGTH);
}

const DIGEST_LENGTH = 22;
