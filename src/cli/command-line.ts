import { type Command, UsageError } from './command.js';
import { readFileSync } from 'node:fs';
import type { Terminal } from './terminal.js';

/**
 * Runs one command of `nestjs-clerk-mcp`.
 *
 * @param args arguments after the name of the program
 * @returns the exit code: the code of the command, 1 if the command failed, 2 for wrong arguments
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') return succeed(terminal, HELP);
  if (name === '--version' || name === '-v') return succeed(terminal, version());
  const entry = COMMANDS.get(name);
  if (!entry) return failUsage(terminal, `There is no command ${JSON.stringify(name)}.`, HELP);
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) return succeed(terminal, command.usage);
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    if (isUsageError(error)) return failUsage(terminal, error.message, command.usage);
    terminal.printError(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

interface CommandEntry {
  readonly summary: string;
  /** Loads the command on demand, so that one command does not load the modules of another. */
  load(): Promise<Command>;
}

const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    'doctor',
    {
      summary: 'check keys, metadata, proxy, clock and tokens of a deployment',
      load: async () => (await import('./doctor/doctor.command.js')).doctorCommand,
    },
  ],
  [
    'explain',
    {
      summary: 'explain why a tool allows or refuses a token',
      load: async () => (await import('./explain/explain.command.js')).explainCommand,
    },
  ],
  [
    'catalog',
    {
      summary: 'write what an application offers, or check that it has not changed',
      load: async () => (await import('./catalog/catalog.command.js')).catalogCommand,
    },
  ],
  [
    'list',
    {
      summary: 'list what a server shows a caller',
      load: async () => (await import('./client/list.command.js')).listCommand,
    },
  ],
  [
    'call',
    {
      summary: 'call a tool of a server',
      load: async () => (await import('./client/call.command.js')).callCommand,
    },
  ],
  [
    'token',
    {
      summary: 'sign in to a server, and print an access token',
      load: async () => (await import('./client/token.command.js')).tokenCommand,
    },
  ],
  [
    'emulator',
    {
      summary: 'run the local Clerk emulator',
      load: async () => (await import('./emulator.command.js')).emulatorCommand,
    },
  ],
]);

const HELP = [
  'Usage: nestjs-clerk-mcp <command> [options]',
  '',
  ...[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`),
  '',
  'nestjs-clerk-mcp <command> --help shows the options of a command. --version shows the version.',
].join('\n');

function succeed(terminal: Terminal, text: string): number {
  terminal.print(text);
  return 0;
}

function failUsage(terminal: Terminal, message: string, usage: string): number {
  terminal.printError(`${message}\n\n${usage}`);
  return 2;
}

/** Whether the command or `parseArgs` rejected the arguments. */
function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_PARSE_ARGS_');
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return String((manifest as { readonly version: string }).version);
}
