import type { Cluster, Redis } from 'ioredis';
import { docsPage } from '../docs/docs-page.js';
import { optionProblem, type OptionsOf } from '../request/known-options.js';
import { RedisConfigurationError } from './redis.errors.js';

/** Options of `RedisModule.forRoot()`, with the address of the server or a client for it. */
export type RedisModuleOptions = RedisAccess & {
  /**
   * 32 bytes or more of random text, the same on every node. It encrypts and signs all that is stored. A
   * list replaces a secret without a stop: the first one is used, the others still open what they wrote.
   */
  readonly secret: string | readonly string[];
  /**
   * Start of the names of all keys: letters, digits and `. _ : -`, 64 at most. Services with different
   * secrets never read each other, also with the same prefix. Default: `nestjs-clerk-mcp`.
   */
  readonly prefix?: string;
  /** Longest wait for an answer, in milliseconds. Default: 1,000. */
  readonly timeoutMs?: number;
};

/** The server: its address, or a client for it. */
export type RedisAccess =
  | {
      /** `redis://` or `rediss://` (TLS) URL, with user, password and number of the database. */
      readonly url: string;
      readonly client?: never;
    }
  | {
      /**
       * A client of ioredis, for Sentinel, Cluster, or options of TLS. It is duplicated with the time limits
       * of this module, and never used or closed itself.
       */
      readonly client: Redis | Cluster;
      readonly url?: never;
    };

const OPTION_NAMES = {
  url: true,
  client: true,
  secret: true,
  prefix: true,
  timeoutMs: true,
} as const satisfies OptionsOf<RedisModuleOptions>;

/** {@link RedisModuleOptions}, checked, with every default filled in. */
export interface ResolvedRedisOptions {
  readonly server: { readonly url: string } | { readonly client: Redis | Cluster };
  readonly secrets: readonly [string, ...string[]];
  readonly prefix: string;
  readonly timeoutMs: number;
}

/**
 * Checks and completes the options of `RedisModule`.
 *
 * @throws {RedisConfigurationError}
 */
export function resolveRedisOptions(options: RedisModuleOptions | undefined): ResolvedRedisOptions {
  if (!options) throw wrong('it was imported without options. Use RedisModule.forRoot({ … }).');
  const problem = optionProblem(options, OPTION_NAMES);
  if (problem !== undefined) throw wrong(problem);
  const { url, client, secret, prefix = DEFAULT_PREFIX, timeoutMs = 1_000 } = options;
  if ((url === undefined) === (client === undefined)) {
    throw wrong('it needs the server. Pass either url (REDIS_URL) or client.');
  }
  if (!PREFIX.test(prefix)) {
    throw wrong(
      'prefix is malformed. Use 1 to 64 letters, digits and . _ : - (braces would choose a slot of a Cluster).',
    );
  }
  if (!(timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT_MS)) {
    throw wrong(`timeoutMs is ${timeoutMs}. Set it to milliseconds, 30,000 at most.`);
  }
  return {
    server: client ? { client } : { url: checkUrl(url) },
    secrets: readSecrets(secret),
    prefix,
    timeoutMs,
  };
}

/**
 * Checks the secret, or the list of secrets, of a service.
 *
 * @throws {RedisConfigurationError} one is missing, shorter than 32 bytes, or has few different characters
 */
function readSecrets(given: unknown): readonly [string, ...string[]] {
  const secrets: readonly unknown[] = [given].flat();
  const [first, ...rest] = secrets.map((secret, index) => {
    const problem = problemOfSecret(secret);
    if (problem === undefined) return String(secret);
    const which = secrets.length > 1 ? `secret ${index + 1}` : 'the secret';
    throw wrong(
      `${which} (CLUSTER_SECRET) ${problem}. Create one with: openssl rand -base64 48. See ${docsPage('several-nodes', 'secrets-and-names')}`,
    );
  });
  if (first === undefined) throw wrong('the list of secrets (CLUSTER_SECRET) is empty.');
  return [first, ...rest];
}

/** Why a secret does not protect; `undefined` if it does. */
export function problemOfSecret(secret: unknown): string | undefined {
  if (typeof secret !== 'string' || secret.trim() === '') return 'is missing';
  if (Buffer.byteLength(secret) < SECRET_BYTES) return `is shorter than ${SECRET_BYTES} bytes`;
  if (new Set(secret).size < DIFFERENT_CHARACTERS) return 'repeats few characters';
  return undefined;
}

function checkUrl(url: unknown): string {
  const protocol = typeof url === 'string' && URL.canParse(url) ? new URL(url).protocol : '';
  // The URL may contain a password, so that the message does not repeat it.
  if (typeof url === 'string' && (protocol === 'redis:' || protocol === 'rediss:')) return url;
  throw wrong('url (REDIS_URL) is malformed. Write redis://host:6379, or rediss:// for TLS.');
}

function wrong(message: string): RedisConfigurationError {
  return new RedisConfigurationError(message);
}

const DEFAULT_PREFIX = 'nestjs-clerk-mcp';
const PREFIX = /^[\w.:-]{1,64}$/;
const SECRET_BYTES = 32;
const DIFFERENT_CHARACTERS = 8;
const LONGEST_TIMEOUT_MS = 30_000;
