import { readFileSync } from 'node:fs';
import type { Terminal } from './terminal.js';

/**
 * Runs one command of `nestjs-clerk-mcp`.
 *
 * @param args what stands behind the name of the program
 * @returns the exit code: that of the command, 1 when it failed, 2 when it was called wrongly
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') return printed(terminal, HELP);
  if (name === '--version' || name === '-v') return printed(terminal, version());
  const entry = COMMANDS.get(name);
  if (!entry) return misused(terminal, `There is no command ${JSON.stringify(name)}.`, HELP);
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) return printed(terminal, command.usage);
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    if (isUsage(error)) return misused(terminal, error.message, command.usage);
    terminal.complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

interface CommandEntry {
  readonly summary: string;
  /** Loaded on demand: one command does not need what another one does. */
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
      summary: 'say why a tool would allow or refuse a token',
      load: async () => (await import('./explain/explain.command.js')).explainCommand,
    },
  ],
  [
    'emulator',
    {
      summary: 'run the local stand-in for Clerk',
      load: async () => (await import('./emulator.command.js')).emulatorCommand,
    },
  ],
]);

const HELP = [
  'Usage: nestjs-clerk-mcp <command> [options]',
  '',
  ...[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`),
  '',
  'nestjs-clerk-mcp <command> --help tells more. --version tells the version.',
].join('\n');

function printed(terminal: Terminal, text: string): number {
  terminal.print(text);
  return 0;
}

function misused(terminal: Terminal, message: string, usage: string): number {
  terminal.complain(`${message}\n\n${usage}`);
  return 2;
}

/** Whether the arguments were wrong, by our own account or by that of `parseArgs`. */
function isUsage(error: unknown): error is Error {
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

/** What `npx nestjs-clerk-mcp <name>` does. */
export interface Command {
  /** Arguments and options, as the help shows them. */
  readonly usage: string;
  /** @returns the exit code: 0, or 1 when what was asked about is not well */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** The command was called with arguments that it does not take. */
export class UsageError extends Error {
  readonly code = 'USAGE';
  override readonly name = 'UsageError';
}
