import type { OptionsOf } from '../request/known-options.js';

/** Options of `TelemetryModule.forRoot()`. */
export interface TelemetryOptions {
  /**
   * The parent of the span of a message whose `_meta` has a trace context. `meta`: that trace context, as the
   * conventions of MCP want it; the span of the HTTP request is linked. `http`: the span of the HTTP request;
   * the trace context of the client is linked. With `meta`, a caller chooses trace ids, and whether a
   * parent-based sampler records the call.
   *
   * @default 'meta'
   */
  readonly parent?: 'meta' | 'http' | undefined;
}

/** The names of {@link TelemetryOptions}. */
export const TELEMETRY_OPTION_NAMES = {
  parent: true,
} as const satisfies OptionsOf<TelemetryOptions>;

/** `TelemetryModule` has an option that does not exist, or a value that it does not know. The application does not start. */
export class TelemetryConfigurationError extends Error {
  readonly code = 'INVALID_TELEMETRY_CONFIGURATION';

  constructor(message: string) {
    super(`TelemetryModule: ${message}`);
    this.name = 'TelemetryConfigurationError';
  }
}
