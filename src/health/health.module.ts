import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { DrainModule } from '../drain/service-drain.js';
import { DrainOnSignal, HEALTH_OPTIONS, type HealthModuleOptions } from './drain-on-signal.js';
import { HealthController } from './health.controller.js';
import { SIGNALLED_PROCESS } from './signals.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<HealthModuleOptions>().setClassMethodName('forRoot').build();

/**
 * `GET /health/live` and `GET /health/ready`, and a drain when a signal tells the application to end
 * (`app.enableShutdownHooks()`). Needs `ClerkAuthModule`. Imported by itself, the defaults hold.
 *
 * @example
 * ```ts
 * HealthModule.forRoot({ drainMs: 10_000 })
 * ```
 */
@Module({
  imports: [DrainModule],
  controllers: [HealthController],
  providers: [
    {
      provide: HEALTH_OPTIONS,
      inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }],
      useFactory: (options: HealthModuleOptions = {}): HealthModuleOptions => options,
    },
    { provide: SIGNALLED_PROCESS, useValue: process },
    DrainOnSignal,
  ],
})
export class HealthModule extends ConfigurableModuleClass {}
