import type { Terminal } from './terminal.js';

/** A command of `npx nestjs-clerk-mcp`. */
export interface Command {
  /** The help text, with arguments and options. */
  readonly usage: string;
  /** @returns the exit code: 0, or 1 if a check failed or access is refused */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** The command was called with wrong arguments. */
export class UsageError extends Error {
  readonly code = 'USAGE';
  override readonly name = 'UsageError';
}
