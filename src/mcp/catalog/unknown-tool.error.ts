/** The options speak of a tool that the application does not have. Stops the boot. */
export class UnknownToolError extends Error {
  readonly code = 'UNKNOWN_TOOL';

  constructor(name: string, known: readonly string[]) {
    super(
      `exclude names the tool "${name}", and there is none of that name. There are: ${known.join(', ') || 'none'}.`,
    );
    this.name = 'UnknownToolError';
  }
}
