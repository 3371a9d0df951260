import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  type ClerkEmulatorOptions,
  type EmulatorSeed,
  parseEmulatorSeed,
  startClerkEmulator,
} from '../emulator/index.js';
import { type Command, UsageError } from './command.js';
import { emulatorScreen, emulatorVariables } from './emulator-screen.js';
import { readEnvironment } from './read-environment.js';
import type { Terminal } from './terminal.js';

/** `nestjs-clerk-mcp emulator`: runs the local Clerk emulator until the user stops it. */
export const emulatorCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp emulator [options]

Runs a local Clerk emulator: OAuth authorization server, sign-in pages and Backend API.

  --port <number>       port to listen on; 0 uses any free port. Default: 4010
  --seed <file>         JSON with users, organizations, applications, keys, faults (docs/emulator.md)
  --secret-key <key>    secret key of the Backend API, sk_test_…. Default: a new one for each start
  --json                print the variables as one line of JSON`,

  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '4010' },
        seed: { type: 'string' },
        'secret-key': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const emulator = await startClerkEmulator({
      port: portOf(values.port),
      secretKey: values['secret-key'],
      ...(values.seed !== undefined && { seed: await readSeed(values.seed) }),
      ...(await environmentOptions(terminal)),
    });
    terminal.print(
      values.json ? JSON.stringify(emulatorVariables(emulator)) : emulatorScreen(emulator),
    );
    if (!terminal.stopped.aborted) await once(terminal.stopped, 'abort');
    await emulator.close();
    return 0;
  },
};

/** The emulator refuses to start in production or beside live keys, also if `.env` sets them. */
async function environmentOptions(terminal: Terminal): Promise<ClerkEmulatorOptions> {
  const { NODE_ENV, CLERK_SECRET_KEY, CLERK_PUBLISHABLE_KEY } = await readEnvironment(
    terminal,
    undefined,
  );
  return { environment: NODE_ENV, configuredKeys: [CLERK_SECRET_KEY, CLERK_PUBLISHABLE_KEY] };
}

function portOf(value: string): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, not ${JSON.stringify(value)}.`);
}

async function readSeed(file: string): Promise<EmulatorSeed> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`Cannot read the seed ${file}. Pass the path of a JSON file.`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`The seed ${file} is not valid JSON.`, { cause });
  }
  return parseEmulatorSeed(value);
}
