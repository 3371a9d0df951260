import { Global, Module } from '@nestjs/common';
import { DRAIN_PAUSE, pause } from './pause.js';
import { ServiceDrain } from './service-drain.js';

/** One drain for the whole application, which every module may inject. */
@Global()
@Module({
  providers: [{ provide: DRAIN_PAUSE, useValue: pause }, ServiceDrain],
  exports: [ServiceDrain],
})
export class DrainModule {}
