/** The codes of the errors of this folder. A code stays the same from version to version. */
export type RedisErrorCode = 'INVALID_REDIS_CONFIGURATION' | 'UNFIT_REDIS';

/** An option of `RedisModule` is missing, malformed or weak. The application does not start. */
export class RedisConfigurationError extends Error {
  readonly code: RedisErrorCode = 'INVALID_REDIS_CONFIGURATION';

  constructor(message: string) {
    super(`RedisModule: ${message}`);
    this.name = 'RedisConfigurationError';
  }
}

/** The Redis server cannot be used: it is too old, or it evicts keys. The application does not start. */
export class UnfitRedisError extends Error {
  readonly code: RedisErrorCode = 'UNFIT_REDIS';

  constructor(message: string) {
    super(`RedisModule: ${message}`);
    this.name = 'UnfitRedisError';
  }
}
