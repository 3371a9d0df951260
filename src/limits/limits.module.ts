import { ConfigurableModuleBuilder, Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import { BACKPLANE, BackplaneModule } from '../backplane/backplane.module.js';
import {
  INSTRUMENTATION,
  InstrumentationModule,
} from '../instrumentation/instrumentation.module.js';
import { extrasProblem } from '../request/known-options.js';
import {
  LIMITS_OPTIONS,
  LimitsConfigurationError,
  RESOLVED_LIMITS,
  resolveLimits,
  type LimitsOptions,
  type ResolvedLimits,
} from './limits.options.js';
import { PrincipalThrottlerGuard } from './principal-throttler.guard.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<LimitsOptions>({ moduleName: 'Limits' })
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: true }, (definition, extras) => {
      const problem = extrasProblem(definition, extras, { isGlobal: true }, LIMITS_OPTIONS);
      if (problem !== undefined) throw new LimitsConfigurationError(problem);
      return { ...definition, global: extras.isGlobal };
    })
    .build();

/**
 * Rate limits by principal, by OAuth client and by handler. It provides `PrincipalThrottlerGuard`, which
 * enforces them where it is listed. The host may also import `ThrottlerModule`.
 *
 * @example
 * ```ts
 * LimitsModule.forRoot({ principal: { limit: 600, ttlMs: 60_000 } })
 * ```
 */
@Module({
  imports: [BackplaneModule, InstrumentationModule],
  providers: [
    {
      provide: RESOLVED_LIMITS,
      inject: [MODULE_OPTIONS_TOKEN, BACKPLANE, INSTRUMENTATION],
      useFactory: resolveLimits,
    },
    PrincipalThrottlerGuard,
  ],
  exports: [RESOLVED_LIMITS, PrincipalThrottlerGuard],
})
export class LimitsModule extends ConfigurableModuleClass implements OnModuleDestroy {
  constructor(@Inject(RESOLVED_LIMITS) private readonly limits: ResolvedLimits) {
    super();
  }

  async onModuleDestroy(): Promise<void> {
    await this.limits.stop();
  }
}
