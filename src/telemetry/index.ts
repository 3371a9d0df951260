/** `nestjs-clerk-mcp/telemetry`: spans and metrics of OpenTelemetry. */
export { TelemetryModule } from './telemetry.module.js';
export { TelemetryConfigurationError, type TelemetryOptions } from './telemetry.options.js';
