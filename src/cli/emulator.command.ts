import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { docsPage } from '../docs/docs-page.js';
import {
  type ClerkEmulator,
  type ClerkEmulatorOptions,
  type EmulatorSeed,
  parseEmulatorSeed,
  seedFromState,
  startClerkEmulator,
} from '../emulator/index.js';
import { type Command, UsageError } from './command.js';
import { emulatorScreen, emulatorVariables } from './emulator-screen.js';
import { writeEnvironmentFile } from './environment-file.js';
import { readLiveFile } from './live-file.js';
import { readEnvironment } from './read-environment.js';
import type { Terminal } from './terminal.js';

/** `nestjs-clerk-mcp emulator`: runs the local Clerk emulator until the user stops it. */
export const emulatorCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp emulator [options]

Runs a local Clerk emulator: OAuth authorization server, sign-in pages and Backend API.

  --port <number>       port to listen on; 0 uses any free port. Default: that of --state, or 4010
  --seed <file>         JSON with users, organizations, applications, keys, faults
                        (${docsPage('emulator')})
  --like <file>         result of doctor --live, whose switches the emulator takes over
  --state <file>        keep keys, clients, tokens, users in this file over a restart
  --env <file>          set CLERK_SECRET_KEY and the other variables in this .env file
  --secret-key <key>    secret key of the Backend API, sk_test_…. Default: that of --state, or a new one
  --export <file>       write the content of the emulator on --port, or of --state, as a seed; - prints it
  --json                print the variables as one line of JSON`,

  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        seed: { type: 'string' },
        like: { type: 'string' },
        state: { type: 'string' },
        env: { type: 'string' },
        export: { type: 'string' },
        'secret-key': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const port = values.port === undefined ? undefined : portOf(values.port);
    if (values.export !== undefined) {
      return exportTo(values.export, { port: port ?? DEFAULT_PORT, state: values.state }, terminal);
    }
    const emulator = await startClerkEmulator({
      // Without a state, the address is in somebody's .env: another port would be of no use.
      port: port ?? (values.state === undefined ? DEFAULT_PORT : undefined),
      preferredPort: DEFAULT_PORT,
      secretKey: values['secret-key'],
      stateFile: values.state,
      notify: (message) => terminal.printError(message),
      ...(values.seed !== undefined && { seed: await readSeed(values.seed) }),
      ...(values.like !== undefined && (await optionsLike(values.like))),
      ...(await environmentOptions(terminal)),
    });
    if (values.env !== undefined) await writeOrClose(values.env, emulator);
    terminal.print(
      values.json ? JSON.stringify(emulatorVariables(emulator)) : emulatorScreen(emulator),
    );
    if (!terminal.stopped.aborted) await once(terminal.stopped, 'abort');
    await emulator.close();
    return 0;
  },
};

const DEFAULT_PORT = 4010;

async function writeOrClose(file: string, emulator: ClerkEmulator): Promise<void> {
  try {
    await writeEnvironmentFile(file, emulatorVariables(emulator));
  } catch (error) {
    await emulator.close();
    throw error;
  }
}

/** Writes a seed: of the content of a state, or else of the emulator that listens on the port. */
async function exportTo(
  target: string,
  source: { readonly port: number; readonly state: string | undefined },
  terminal: Terminal,
): Promise<number> {
  const seed =
    source.state === undefined
      ? await seedOfRunning(source.port)
      : await seedFromState(source.state);
  const text = JSON.stringify(seed, null, 2);
  if (target === '-') terminal.print(text);
  else {
    await writeFile(target, `${text}\n`).catch((cause: unknown) => {
      throw new Error(`Cannot write the seed ${target}. Pass the path of a file, or -.`, { cause });
    });
  }
  return 0;
}

async function seedOfRunning(port: number): Promise<unknown> {
  const url = `http://127.0.0.1:${port}`;
  const response = await fetch(`${url}/__emulator/seed`, {
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  if (!response?.ok) {
    throw new Error(
      `No emulator answers at ${url}. Start one, name its port with --port, or its file with --state.`,
    );
  }
  return response.json();
}

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

/** The switches of an instance that `doctor --live` has examined, and the custom scopes in them. */
async function optionsLike(file: string): Promise<ClerkEmulatorOptions> {
  const { switches, customScopes } = await readLiveFile(file);
  return {
    ...switches,
    customScopes: Object.fromEntries(customScopes.map((scope) => [scope, scope])),
  };
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
