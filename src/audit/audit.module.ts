import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { BackplaneModule } from '../backplane/backplane.module.js';
import { Audit } from './audit.js';
import { asyncOptionProblem } from '../request/known-options.js';
import {
  AUDIT_OPTION_NAMES,
  AUDIT_OPTIONS,
  AuditConfigurationError,
  type AuditOptions,
} from './audit.options.js';

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } = new ConfigurableModuleBuilder<AuditOptions>(
  {
    optionsInjectionToken: AUDIT_OPTIONS,
  },
)
  .setClassMethodName('forRoot')
  .build();

/**
 * Configures the audit. An application that does not import it uses the defaults of {@link AuditOptions}.
 *
 * @example
 * ```ts
 * AuditModule.forRoot({ log: 'all', digestKey: process.env.AUDIT_KEY })
 * ```
 */
@Module({})
export class AuditModule extends ConfigurableModuleClass {
  /** @throws {AuditConfigurationError} an option does not exist */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    const problem = asyncOptionProblem(options, {}, AUDIT_OPTION_NAMES);
    if (problem !== undefined) throw new AuditConfigurationError(`AuditModule: ${problem}`);
    return super.forRootAsync(options);
  }
}

/** Provides {@link Audit} to the modules of this package, with the options of {@link AuditModule}. */
@Module({ imports: [BackplaneModule], providers: [Audit], exports: [Audit] })
export class AuditRecordingModule {}
