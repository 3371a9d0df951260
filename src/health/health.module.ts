import {
  ConfigurableModuleBuilder,
  Module,
  type DynamicModule,
  type Provider,
  Controller,
  Get,
  Header,
  ServiceUnavailableException,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { BackplaneModule } from '../backplane/backplane.module.js';
import { DrainModule } from '../drain/service-drain.js';
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
import { BackplaneIndicator, Readiness, ReadinessIndicator } from './readiness.js';

/** Liveness and readiness probes for orchestrators and load balancers. */
@Public()
@OwnRoutes({
  name: 'a probe of HealthModule',
  cure: 'Give yours another path, or do not import HealthModule.',
})
@SkipThrottle({ default: true, principal: true, client: true })
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Whether the process runs. */
  @Get(['', 'live'])
  @Header('cache-control', 'no-store')
  live() {
    return { status: 'ok' } as const;
  }

  /**
   * Whether requests should be sent here: 503 before callers can be authenticated, and during a drain. Later
   * it says what is amiss at Clerk, with 200.
   */
  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready() {
    const { isReady, ...report } = await this.readiness.check();
    if (!isReady) throw new ServiceUnavailableException(report);
    return report;
  }
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<HealthModuleOptions>().setClassMethodName('forRoot').build();

class ConfiguredHealthModule extends ConfigurableModuleClass {
  /** @throws {HealthConfigurationError} an option does not exist */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    refuse(asyncOptionProblem(options, {}, HEALTH_OPTION_NAMES));
    return super.forRootAsync(options);
  }
}

/** What decides on readiness, and drains the application when a signal ends it. */
const PARTS: Provider[] = [
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
  Readiness,
  ReadinessIndicator,
  BackplaneIndicator,
];
const INDICATORS = [ReadinessIndicator, BackplaneIndicator];

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
  imports: [BackplaneModule, DrainModule],
  controllers: [HealthController],
  providers: PARTS,
  exports: INDICATORS,
})
export class HealthModule extends ConfiguredHealthModule {}

/**
 * `HealthModule` without its routes, for an application that has a health page of its own: the indicators
 * and the drain.
 *
 * @example
 * ```ts
 * imports: [HealthIndicatorsModule, TerminusModule]
 * ```
 */
@Module({
  imports: [BackplaneModule, DrainModule],
  providers: PARTS,
  exports: INDICATORS,
})
export class HealthIndicatorsModule extends ConfiguredHealthModule {}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new HealthConfigurationError(problem);
}
