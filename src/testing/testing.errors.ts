/** The application has no MCP endpoint at a path. */
export class NoSuchEndpointError extends Error {
  readonly code = 'NO_SUCH_ENDPOINT';

  constructor(path: string | undefined, known: readonly string[]) {
    super(
      known.length === 0
        ? 'The application has no MCP endpoint. Import McpModule into it.'
        : `No MCP endpoint is at "${path}". The endpoints are at: ${known.join(', ')}.`,
    );
    this.name = 'NoSuchEndpointError';
  }
}

/** A method is not a tool of the endpoint that was asked. */
export class NoSuchToolError extends Error {
  readonly code = 'NO_SUCH_TOOL';

  constructor(source: string, known: readonly string[]) {
    super(`${source} is no tool of this endpoint. Its tools are: ${known.join(', ') || 'none'}.`);
    this.name = 'NoSuchToolError';
  }
}

/** Somebody is to sign in, and the application does not trust the stand-in. */
export class NotOnStandInError extends Error {
  readonly code = 'NOT_ON_STAND_IN';

  constructor(reason: string) {
    super(
      `${reason} Let createMcpTest() build the application, or call useClerkStandIn(builder, clerk) before compile() and hand the same clerk to createMcpTest().`,
    );
    this.name = 'NotOnStandInError';
  }
}
