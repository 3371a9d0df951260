import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/** A lock on the file of a state. */
export interface StateLock {
  release(): void;
}

/**
 * Takes the lock of a file: a second file beside it that names this process. The lock of a process that
 * has ended is taken over.
 *
 * @returns the id of the process that has the lock, if another one has it
 * @throws the error of the file system
 */
export function lockState(file: string): StateLock | { readonly holder: number } {
  const path = `${file}.lock`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const name = create(path);
    if (name !== undefined) return { release: () => release(path, name) };
    const text = textOf(path);
    const holder = readHolder(text);
    if (holder && isRunning(holder)) return { holder: holder.pid };
    removeStale(path, text);
  }
  throw new Error(`The lock ${path} cannot be taken. Delete it.`);
}

type Holder = z.infer<typeof Holder>;

const Holder = z.object({ pid: z.number().int().positive(), started: z.string().nullable() });
const ATTEMPTS = 5;
const NEW_FILE = { flag: 'wx', mode: 0o600 } as const;

/** @returns the text of the new lock; `undefined` when there is one */
function create(path: string): string | undefined {
  const holder: Holder = { pid: process.pid, started: startOf(process.pid) };
  const text = JSON.stringify({ ...holder, id: randomUUID() });
  const temporary = temporaryOf(path);
  writeFileSync(temporary, text, NEW_FILE);
  try {
    // A lock has its text from its first moment on, or another process would take it for a stale one.
    linkSync(temporary, path);
    return text;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    return createWithoutLink(path, text);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** For file systems without links. */
function createWithoutLink(path: string, text: string): string | undefined {
  try {
    writeFileSync(path, text, NEW_FILE);
    return text;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** Another process may have replaced the lock since: then its lock is put back. */
function removeStale(path: string, text: string | undefined): void {
  const aside = temporaryOf(path);
  try {
    renameSync(path, aside);
    if (textOf(aside) !== text) linkSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Somebody may have deleted the lock, and another process taken it. */
function release(path: string, text: string): void {
  if (textOf(path) === text) rmSync(path, { force: true });
}

function temporaryOf(path: string): string {
  return `${path}.${randomUUID()}`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function readHolder(text: string | undefined): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(text ?? ''));
  } catch {
    // The other process has released it, or was killed before it wrote its name.
    return undefined;
  }
}

function isRunning({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user exists as well.
    if (codeOf(error) !== 'EPERM') return false;
  }
  // A process of the same id that started at another time is another one: ids are used again.
  return started === startOf(pid);
}

/** When a process started, in ticks since the boot (Linux); `null` where that is not known. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program comes second, in parentheses, and may contain spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
