/** An option of `McpModule` is missing, malformed or at odds with another. Stops the boot. */
export class McpConfigurationError extends Error {
  readonly code = 'MCP_CONFIGURATION';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(`McpModule: ${message}`, options);
    this.name = 'McpConfigurationError';
  }
}
