/** What a command may touch of the process that it runs in. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user ends the command, by Ctrl+C for example. */
  readonly stopped: AbortSignal;
  /** Sets variables for an application that the command boots. */
  setVariables(variables: Readonly<Record<string, string>>): void;
  /** The clock, in milliseconds since the epoch. */
  now(): number;
  /** Writes lines to the standard output. */
  print(text: string): void;
  /** Writes lines to the standard error. */
  complain(text: string): void;
  /** All of the standard input. */
  read(): Promise<string>;
}
