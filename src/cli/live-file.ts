import { open } from 'node:fs/promises';
import { z } from 'zod';
import { type EmulatorSwitches, switchesSchema } from '../emulator/emulator-switches.js';
import { LiveFileError } from './cli.errors.js';

/** Marks the files that `doctor --live` writes. */
export const LIVE_FORMAT = 'nestjs-clerk-mcp/live';
export const LIVE_VERSION = 1;

/** Where `doctor --live` writes its result by default. */
export const DEFAULT_LIVE_FILE = 'live.json';

/**
 * Reads the switches from a file that `doctor --live` wrote, for an emulator that answers alike.
 *
 * @throws LiveFileError whose message names each invalid field
 */
export async function readLiveFile(file: string): Promise<LiveSwitches> {
  const text = await readBounded(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LiveFileError(`The file ${file} is not valid JSON. ${HOW_TO_GET_ONE}`, { cause });
  }
  const parsed = LiveFile.safeParse(value);
  if (parsed.success)
    return { switches: parsed.data.switches, customScopes: parsed.data.customScopes };
  throw new LiveFileError(
    `The file ${file} is not a result of doctor --live:\n${z.prettifyError(parsed.error)}\n${HOW_TO_GET_ONE}`,
  );
}

/** What the emulator takes over. */
interface LiveSwitches {
  readonly switches: Partial<EmulatorSwitches>;
  /** Custom scopes that the switches name. */
  readonly customScopes: readonly string[];
}

const HOW_TO_GET_ONE = 'Write one with: npx nestjs-clerk-mcp doctor --live --out live.json';

const scopeName = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/);

const LiveFile = z.strictObject({
  format: z.literal(LIVE_FORMAT),
  version: z.literal(LIVE_VERSION),
  createdAt: z.iso.datetime(),
  switches: switchesSchema,
  customScopes: z.array(scopeName).max(1_000),
  notSeen: z.record(z.string(), z.string()),
  answers: z.array(z.strictObject({ question: z.string(), answer: z.string() })),
  facts: z.record(z.string(), z.unknown()),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['ok', 'warning', 'failure']),
      message: z.string(),
      cure: z.string().exactOptional(),
    }),
  ),
});

/** The content of the file. */
export type LiveFileContent = z.input<typeof LiveFile>;

async function readBounded(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(MAX_BYTES + 1),
        0,
        MAX_BYTES + 1,
      );
      if (bytesRead > MAX_BYTES) {
        throw new LiveFileError(`The file ${file} is larger than 1 MB. ${HOW_TO_GET_ONE}`);
      }
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof LiveFileError) throw cause;
    throw new LiveFileError(`Cannot read the file ${file}. ${HOW_TO_GET_ONE}`, { cause });
  }
}

const MAX_BYTES = 1_000_000;
