import { Module } from '@nestjs/common';
import { Instrumentation, NoInstrumentation } from './instrumentation.js';

/** Injects the instrumentation of the application: that of `TelemetryModule`, or one that records nothing. */
export const INSTRUMENTATION = Symbol('INSTRUMENTATION');

/** Provides the instrumentation to the modules of this package, the same one to all of them. */
@Module({
  providers: [
    {
      provide: INSTRUMENTATION,
      inject: [{ token: Instrumentation, optional: true }],
      useFactory: (provided?: Instrumentation | null): Instrumentation =>
        provided ?? new NoInstrumentation(),
    },
  ],
  exports: [INSTRUMENTATION],
})
export class InstrumentationModule {}
