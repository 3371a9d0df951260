import { EmulatorCore } from '../emulator-core.js';
import { EmulatorStateError } from '../emulator.errors.js';
import type { EmulatorSeed } from '../instance/seed.js';
import { exportSeed } from '../instance/seed-export.js';
import { resolveSettings } from '../resolve-settings.js';
import { readStateFile } from './state-file.js';

/**
 * The content of a state file as a seed, without starting an emulator. The file stays as it is; an
 * emulator may use it meanwhile.
 *
 * @throws EmulatorStateError the file does not exist, or cannot be used
 * @example
 * ```ts
 * const seed = await seedFromState('.nestjs-clerk-mcp/emulator.json');
 * ```
 */
export async function seedFromState(file: string): Promise<EmulatorSeed> {
  const read = readStateFile(file);
  if (read.kind === 'absent') {
    throw new EmulatorStateError(
      file,
      'does not exist. Name the file that --state or stateFile names.',
    );
  }
  if (read.kind === 'unusable')
    throw new EmulatorStateError(file, `${read.problem}. ${read.cure}.`);
  const { content } = read;
  const settings = resolveSettings({ seed: false });
  const core = await EmulatorCore.create(settings, content).catch((cause: unknown) => {
    throw new EmulatorStateError(
      file,
      'does not fit this version. Delete it if you do not need it.',
      {
        cause,
      },
    );
  });
  const changed = Object.entries(content.switches).map(([name, [, value]]) => [name, value]);
  Object.assign(core.settings.switches, Object.fromEntries(changed));
  return exportSeed(core);
}
