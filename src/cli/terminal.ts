/** The parts of the process that a command uses. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user ends the command, with Ctrl+C for example. */
  readonly stopped: AbortSignal;
  /** Sets environment variables for an application that the command starts. */
  setVariables(variables: Readonly<Record<string, string>>): void;
  /** The clock, in milliseconds since the epoch. */
  now(): number;
  /** Writes lines to the standard output. */
  print(text: string): void;
  /** Writes lines to the standard error. */
  printError(text: string): void;
  /** Reads the standard input to its end. */
  read(): Promise<string>;
  /** Asks the user, and returns the line; `undefined` if there is no terminal, or the user ended the command. */
  ask(question: string): Promise<string | undefined>;
  /** Opens a URL in the browser of the user, if there is one. */
  open(url: string): void;
  /** Waits, in milliseconds. It rejects when the user ends the command. */
  wait(duration: number): Promise<void>;
}
