import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { Audit } from './audit.js';
import { extrasProblem } from '../request/known-options.js';
import {
  AUDIT_OPTION_NAMES,
  AUDIT_OPTIONS,
  AuditConfigurationError,
  type AuditOptions,
} from './audit.options.js';

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<AuditOptions>({
  optionsInjectionToken: AUDIT_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras({}, (definition, extras) => {
    const problem = extrasProblem(definition, extras, {}, AUDIT_OPTION_NAMES);
    if (problem !== undefined) throw new AuditConfigurationError(`AuditModule: ${problem}`);
    return definition;
  })
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
export class AuditModule extends ConfigurableModuleClass {}

/** Provides {@link Audit} to the modules of this package, with the options of {@link AuditModule}. */
@Module({ providers: [Audit], exports: [Audit] })
export class AuditRecordingModule {}
