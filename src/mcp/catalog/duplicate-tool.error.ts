/** Two handlers claim the same name. Stops the boot. */
export class DuplicateToolError extends Error {
  readonly code = 'DUPLICATE_TOOL';

  constructor(name: string, first: string, second: string) {
    super(
      first === second
        ? `The tool "${name}" is there twice: two modules provide the class of ${first}. Provide it in one module and export it from there.`
        : `Two tools are named "${name}": ${first} and ${second}. Give one of them another name with @McpTool({ name }).`,
    );
    this.name = 'DuplicateToolError';
  }
}
