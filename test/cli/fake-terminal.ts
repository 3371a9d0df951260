import { runCommandLine } from '../../src/cli/command-line.js';

/** What a command wrote, and how it ended. */
export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandSurroundings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly stopped?: AbortSignal;
  readonly now?: () => number;
  /** What the user answers to a question. Default: there is no terminal. */
  readonly ask?: (question: string) => string | undefined;
  /** The browser of the user. Default: none. */
  readonly open?: (url: string) => void;
  /** Default: does not wait. */
  readonly wait?: (duration: number) => Promise<void>;
  /** Hears each piece of the standard output. */
  readonly onPrint?: (text: string) => void;
  /** Hears each piece of the standard error. */
  readonly onPrintError?: (text: string) => void;
}

/** Runs `nestjs-clerk-mcp …` in this process. */
export async function runCommand(
  args: readonly string[],
  surroundings: CommandSurroundings = {},
): Promise<CommandRun> {
  const { environment = {}, stdin = '', stopped = NEVER, now = Date.now, onPrint } = surroundings;
  const written = { stdout: '', stderr: '' };
  const code = await runCommandLine(args, {
    environment,
    stopped,
    now,
    setVariables: (variables) => void Object.assign(process.env, variables),
    print: (text) => {
      written.stdout += `${text}\n`;
      onPrint?.(text);
    },
    printError: (text) => {
      written.stderr += `${text}\n`;
      surroundings.onPrintError?.(text);
    },
    read: async () => stdin,
    ask: async (question) => surroundings.ask?.(question),
    open: (url) => surroundings.open?.(url),
    wait: async (duration) => surroundings.wait?.(duration),
  });
  return { code, ...written };
}

const NEVER = new AbortController().signal;
