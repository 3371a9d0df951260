import type { Terminal } from './terminal.js';

/** What `npx nestjs-clerk-mcp <name>` does. */
export interface Command {
  /** Arguments and options, as the help shows them. */
  readonly usage: string;
  /** @returns the exit code: 0, or 1 when what was asked about is not well */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}
