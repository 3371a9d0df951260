/** A server includes a module that the application does not import. Stops the boot. */
export class IncludedModuleError extends Error {
  readonly code = 'INCLUDED_MODULE';

  constructor(path: string, module: string) {
    super(
      `The MCP server at /${path} includes ${module}, which the application does not import. Import ${module}, or take it out of include.`,
    );
    this.name = 'IncludedModuleError';
  }
}
