/** An option of `McpExplorerModule` is wrong, or its page was not built. The application does not start. */
export class ExplorerConfigurationError extends Error {
  readonly code = 'INVALID_EXPLORER_CONFIGURATION';

  constructor(message: string) {
    super(`McpExplorerModule: ${message}`);
    this.name = 'ExplorerConfigurationError';
  }
}
