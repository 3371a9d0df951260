import type { ClientUse } from '../client-driver.js';
import type { ProgramResult, ProgramSettings, RunningProgram } from '../drive/program.js';

/** Runs a program that signs in only before a terminal: `script` of util-linux gives it one. */
export async function runInTerminal(
  use: ClientUse,
  command: readonly string[],
  settings?: ProgramSettings,
): Promise<ProgramResult> {
  return use.run('script', inTerminal(command), settings);
}

/** Starts a program before a terminal. What is written to it is typed. */
export function startInTerminal(
  use: ClientUse,
  command: readonly string[],
  settings?: ProgramSettings,
): RunningProgram {
  return use.start('script', inTerminal(command), { ...settings, keepInput: true });
}

function inTerminal(command: readonly string[]): readonly string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  const sized = `stty columns 120 rows 40; exec ${quoted.join(' ')}`;
  return ['--quiet', '--return', '--flush', '--command', sized, '/dev/null'];
}
