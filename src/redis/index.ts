import 'reflect-metadata';

// `nestjs-clerk-mcp/redis`: one service on several nodes, over Redis. It needs the package `ioredis`.

export { RedisModule } from './redis.module.js';
export type { RedisAccess, RedisModuleOptions } from './redis.options.js';
export { RedisConfigurationError, type RedisErrorCode, UnfitRedisError } from './redis.errors.js';
