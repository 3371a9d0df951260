import {
  ConfigurableModuleBuilder,
  Module,
  type DynamicModule,
  Controller,
  Get,
  Header,
  ServiceUnavailableException,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { DrainModule, ServiceDrain } from '../drain/service-drain.js';
import { OwnRoutes } from '../request/own-routes.js';
import { asyncOptionProblem, optionProblem } from '../request/known-options.js';
import {
  DrainOnSignal,
  HEALTH_OPTION_NAMES,
  HEALTH_OPTIONS,
  HealthConfigurationError,
  type HealthModuleOptions,
  SIGNALLED_PROCESS,
} from './drain-on-signal.js';
import { Public } from '../access/access.decorators.js';
import { ClerkHealth } from '../clerk/clerk-health.js';

/** Liveness and readiness probes for orchestrators and load balancers. */
@Public()
@OwnRoutes({
  name: 'a probe of HealthModule',
  cure: 'Give yours another path, or do not import HealthModule.',
})
@SkipThrottle({ default: true, principal: true, client: true })
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(
    private readonly clerk: ClerkHealth,
    private readonly drain: ServiceDrain,
  ) {}

  /** Whether the process runs. */
  @Get(['', 'live'])
  @Header('cache-control', 'no-store')
  live() {
    return { status: 'ok' } as const;
  }

  /** Whether requests should be sent here: 503 if callers cannot be authenticated, and during a drain. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready() {
    if (this.drain.isDraining) throw new ServiceUnavailableException({ status: 'draining' });
    const { isReady, hasRevocations, isSecretKeyRejected } = await this.clerk.check();
    if (isReady) return { status: 'ok' } as const;
    if (!hasRevocations) {
      throw new ServiceUnavailableException({ status: 'error', revocations: 'not_loaded' });
    }
    throw new ServiceUnavailableException({
      status: 'error',
      clerk: isSecretKeyRejected ? 'misconfigured' : 'unavailable',
    });
  }
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<HealthModuleOptions>().setClassMethodName('forRoot').build();

/**
 * Serves `GET /health/live` and `GET /health/ready`, and drains the application when a signal ends it
 * (`app.enableShutdownHooks()`). Needs `ClerkAuthModule`. Without `forRoot()` it uses the defaults.
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
      useFactory: (options: HealthModuleOptions = {}): HealthModuleOptions => {
        refuse(optionProblem(options, HEALTH_OPTION_NAMES));
        return options;
      },
    },
    { provide: SIGNALLED_PROCESS, useValue: process },
    DrainOnSignal,
  ],
})
export class HealthModule extends ConfigurableModuleClass {
  /** @throws {HealthConfigurationError} an option does not exist */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    refuse(asyncOptionProblem(options, {}, HEALTH_OPTION_NAMES));
    return super.forRootAsync(options);
  }
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new HealthConfigurationError(problem);
}
