import {
  ConfigurableModuleBuilder,
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Backplane } from '../backplane/backplane.js';
import {
  INSTRUMENTATION,
  InstrumentationModule,
} from '../instrumentation/instrumentation.module.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { startRedisBackplane, type RedisBackplane } from './redis-backplane.js';
import type { RedisModuleOptions } from './redis.options.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<RedisModuleOptions>({ moduleName: 'Redis' })
    .setClassMethodName('forRoot')
    .setExtras({}, (definition): DynamicModule => ({ ...definition, global: true }))
    .build();

/**
 * Makes N nodes one service: `McpModule`, `ClerkAuthModule` and `LimitsModule` of the application find it and
 * keep in Redis what the nodes share. Redis 7 or later, or Valkey 7.2 or later, with `noeviction`. Needs the
 * package `ioredis`.
 *
 * @example
 * ```ts
 * RedisModule.forRoot({ url: 'redis://redis:6379', secret: process.env.CLUSTER_SECRET })
 * ```
 */
@Module({
  imports: [InstrumentationModule],
  providers: [
    {
      provide: Backplane,
      inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }],
      // Started before any provider that uses it is created.
      useFactory: startRedisBackplane,
    },
  ],
  exports: [Backplane],
})
export class RedisModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(
    @Inject(Backplane) private readonly backplane: RedisBackplane,
    @Inject(INSTRUMENTATION) instrumentation: Instrumentation,
  ) {
    super();
    backplane.tell(instrumentation);
  }

  /** The last hook: until then, the parts that end use Redis. */
  async onApplicationShutdown(): Promise<void> {
    await this.backplane.stop();
  }
}
