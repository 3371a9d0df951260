/** Two servers claim the same path. Stops the boot. */
export class DuplicateEndpointError extends Error {
  readonly code = 'DUPLICATE_ENDPOINT';

  constructor(path: string, first: string, second: string) {
    super(
      first === second
        ? `The MCP server "${first}" is at /${path} twice. Call McpModule.forRoot() once, and import what it returns where it is needed; or give each server a path of its own.`
        : `Two MCP servers are at /${path}: "${first}" and "${second}". Give one of them another path: McpModule.forRoot({ name: '${second}', path: '${second}', … }).`,
    );
    this.name = 'DuplicateEndpointError';
  }
}
