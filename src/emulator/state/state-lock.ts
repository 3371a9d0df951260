import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    if (create(path)) return { release: () => rmSync(path, { force: true }) };
    const holder = readHolder(path);
    if (holder && isRunning(holder)) return { holder: holder.pid };
    rmSync(path, { force: true });
  }
  throw new Error(`The lock ${path} cannot be taken. Delete it.`);
}

type Holder = z.infer<typeof Holder>;

const Holder = z.object({ pid: z.number().int().positive(), started: z.string().nullable() });
const ATTEMPTS = 5;

function create(path: string): boolean {
  const holder: Holder = { pid: process.pid, started: startOf(process.pid) };
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(readFileSync(path, 'utf8')));
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
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
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
