import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Backplane } from '../backplane/backplane.js';
import {
  INSTRUMENTATION,
  InstrumentationModule,
} from '../instrumentation/instrumentation.module.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { RedisBackplane } from '../redis/redis-backplane.js';
import { SERVICE_CONFIG, type ServiceConfig } from './config.js';

/** Shares the service between nodes over Redis, where `REDIS_URL` names one. */
@Global()
@Module({
  imports: [InstrumentationModule],
  providers: [
    {
      provide: Backplane,
      inject: [SERVICE_CONFIG],
      useFactory: async ({ redis }: ServiceConfig): Promise<RedisBackplane | null> => {
        if (redis === undefined) return null;
        // Loaded where it is used: a service of one node does without the client.
        const { startRedisBackplane } = await import('../redis/redis-backplane.js');
        return startRedisBackplane(redis);
      },
    },
  ],
  exports: [Backplane],
})
export class ServiceRedisModule implements OnApplicationShutdown {
  constructor(
    @Inject(Backplane) private readonly backplane: RedisBackplane | null,
    @Inject(INSTRUMENTATION) instrumentation: Instrumentation,
  ) {
    backplane?.tell(instrumentation);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.backplane?.stop();
  }
}
