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
  /** Hears each piece of the standard output. */
  readonly onPrint?: (text: string) => void;
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
    printError: (text) => void (written.stderr += `${text}\n`),
    read: async () => stdin,
  });
  return { code, ...written };
}

const NEVER = new AbortController().signal;
