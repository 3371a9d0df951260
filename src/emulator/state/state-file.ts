import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** Version of the form of the file and of what the stores put into it. Raise it when one changes. */
export const STATE_VERSION = 1;

/** Maximum size of the file, in bytes. */
export const MAX_STATE_BYTES = 32 * 1024 * 1024;

/** What an emulator keeps over a restart. */
export type StateContent = z.infer<typeof Content>;

/** What was found at the path of the file. */
export type ReadState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'content'; readonly content: StateContent }
  /** The file is of no use here; `problem` continues a sentence about it, `cure` is a sentence. */
  | { readonly kind: 'unusable'; readonly problem: string; readonly cure: string };

/** @throws the error of the file system, unless there is no file; an error for what is no regular file */
export function readStateFile(file: string): ReadState {
  let text: string;
  try {
    const stat = statSync(file);
    // A device or a pipe may never end, and must not be renamed.
    if (!stat.isFile()) throw new Error('not a regular file');
    if (stat.size > MAX_STATE_BYTES) {
      return unusable(`is larger than ${megabytes(MAX_STATE_BYTES)}`, DELETE);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return { kind: 'absent' };
    throw error;
  }
  const envelope = Envelope.safeParse(parseJson(text));
  if (!envelope.success) return unusable('is not a state of the local Clerk emulator', DELETE);
  const { version, checksum, content } = envelope.data;
  if (version > STATE_VERSION) {
    return unusable(
      `was written by a newer version (form ${version}; this version reads ${STATE_VERSION})`,
      'Update nestjs-clerk-mcp and move it back to go on with it',
    );
  }
  if (version < STATE_VERSION) return unusable('was written by an older version', DELETE);
  const parsed = Content.safeParse(content);
  if (!parsed.success || checksum !== checksumOf(content)) {
    return unusable('is damaged, or was edited', DELETE);
  }
  return { kind: 'content', content: parsed.data };
}

/** The text of the file. */
export function stateText(content: StateContent): string {
  const envelope = { emulator: MARK, version: STATE_VERSION, checksum: checksumOf(content) };
  return `${JSON.stringify({ ...envelope, content })}\n`;
}

/** Replaces the file as a whole: a process that is killed meanwhile leaves the previous one. */
export async function writeStateFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`;
  await rm(temporary, { force: true });
  await writeFile(temporary, text, NEW_FILE);
  await rename(temporary, file);
}

/** The same when the process exits. Another name, because a write may not have ended. */
export function writeStateFileSync(file: string, text: string): void {
  const temporary = `${file}.exit.tmp`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text, NEW_FILE);
  renameSync(temporary, file);
}

export function createFolderOf(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
}

/** Renames a file that cannot be used, and returns its new path. */
export function setAside(file: string): string {
  const target = `${file}.unusable-${new Date().toISOString().replace(/[^\dT]/g, '')}`;
  renameSync(file, target);
  return target;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

const MARK = 'nestjs-clerk-mcp';
const DELETE = 'Delete it if you do not need it';
const NEW_FILE = { flag: 'wx', mode: 0o600 } as const;

const Content = z.object({
  /** Where the emulator listened; tokens name it as their issuer. */
  url: z.url(),
  instanceId: z.string(),
  /** The key that the emulator made for itself; `null` when it was given another one. */
  secretKey: z.string().startsWith('sk_test_').nullable(),
  /** Fingerprint of the seed that the content began with. */
  seed: z.string(),
  /** Switches that were changed while the emulator ran: the value at the start, and the new one. */
  switches: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])),
  /** Snapshots, by the names of the parts. */
  parts: z.record(z.string(), z.unknown()),
});

const Envelope = z.object({
  emulator: z.literal(MARK),
  version: z.number().int(),
  checksum: z.string(),
  content: z.unknown(),
});

function unusable(problem: string, cure: string): ReadState {
  return { kind: 'unusable', problem, cure };
}

function checksumOf(content: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(content) ?? '')
    .digest('base64url');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
