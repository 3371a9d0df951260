/** A module says that it belongs to a server that is not there. Stops the boot. */
export class UnknownServerError extends Error {
  readonly code = 'UNKNOWN_SERVER';

  constructor(module: string, path: string, known: readonly string[]) {
    const servers = known.map((one) => `/${one}`).join(', ');
    super(
      `${module} is a feature of the MCP server at /${path}, and there is none. ${
        known.length > 0
          ? `The servers are at ${servers}: name one of them in McpModule.forFeature().`
          : 'Import McpModule.forRoot() in the application.'
      }`,
    );
    this.name = 'UnknownServerError';
  }
}
