import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { Instrumentation } from '../instrumentation/instrumentation.js';
import { asyncOptionProblem, optionProblem } from '../request/known-options.js';
import { OpenTelemetryInstrumentation } from './open-telemetry.js';
import {
  TELEMETRY_OPTION_NAMES,
  TelemetryConfigurationError,
  type TelemetryOptions,
} from './telemetry.options.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TelemetryOptions>({ moduleName: 'Telemetry' })
    .setClassMethodName('forRoot')
    .setExtras({}, (definition): DynamicModule => ({ ...definition, global: true }))
    .build();

/**
 * Spans and metrics of OpenTelemetry for `McpModule`, `ClerkAuthModule`, `LimitsModule` and `RedisModule`, which
 * find it. They go to the providers that the application has registered, whenever it did. Needs the package
 * `@opentelemetry/api`.
 *
 * @example
 * ```ts
 * TelemetryModule.forRoot()
 * ```
 */
@Module({
  providers: [
    {
      provide: Instrumentation,
      inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }],
      useFactory: createInstrumentation,
    },
  ],
  exports: [Instrumentation],
})
export class TelemetryModule extends ConfigurableModuleClass {
  static override forRoot(options: TelemetryOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** @throws {TelemetryConfigurationError} an option does not exist */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    refuse(asyncOptionProblem(options, {}, TELEMETRY_OPTION_NAMES));
    return super.forRootAsync(options);
  }
}

/** @throws {TelemetryConfigurationError} an option does not exist, or has an unknown value */
export function createInstrumentation(options: TelemetryOptions = {}): Instrumentation {
  refuse(optionProblem(options, TELEMETRY_OPTION_NAMES));
  const { parent = 'meta' } = options;
  if (parent !== 'meta' && parent !== 'http') refuse(`parent must be 'meta' or 'http'.`);
  return new OpenTelemetryInstrumentation({ parent });
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new TelemetryConfigurationError(problem);
}
