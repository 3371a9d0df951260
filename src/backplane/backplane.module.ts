import { Module } from '@nestjs/common';
import { Backplane } from './backplane.js';
import { InProcessBackplane } from './in-process-backplane.js';

/** Injects the backplane of the application: the one that `RedisModule` provides, or this process. */
export const BACKPLANE = Symbol('BACKPLANE');

/** Provides the backplane to the modules that span nodes, the same one to all of them. */
@Module({
  providers: [
    {
      provide: BACKPLANE,
      inject: [{ token: Backplane, optional: true }],
      useFactory: (shared?: Backplane | null): Backplane => shared ?? new InProcessBackplane(),
    },
  ],
  exports: [BACKPLANE],
})
export class BackplaneModule {}
