import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { CatalogContract } from './catalog-contract.js';
import { ContractChangedError } from '../testing.errors.js';

/**
 * Compares a contract with the reviewed one in a file. It needs no test runner.
 *
 * @param file JSON file under version control
 * @param options.update writes the file instead of comparing. Default: false
 * @throws {ContractChangedError} the contract differs from the file, or the file does not exist
 */
export async function checkContract(
  contract: CatalogContract,
  file: string | URL,
  options: { readonly update?: boolean } = {},
): Promise<void> {
  if (options.update) {
    await writeFile(file, contractText(contract));
    return;
  }
  const reviewed = await read(file);
  const changes = differences(reviewed, contract, '');
  if (changes.length > 0) throw new ContractChangedError(String(file), changes);
}

/** Formats a contract as the text of a JSON file. */
export function contractText(contract: CatalogContract): string {
  return `${JSON.stringify(contract, null, 2)}\n`;
}

async function read(file: string | URL): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {};
    throw cause;
  }
}

/** Lists the differences of two values by path. Entries of lists match by name; key order is ignored. */
function differences(reviewed: unknown, now: unknown, path: string): readonly string[] {
  if (isDeepStrictEqual(reviewed, now)) return [];
  const [before, after] = [membersOf(reviewed), membersOf(now)];
  if (!before || !after) return [`${path}: ${show(reviewed)} is now ${show(now)}`];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (!before.has(key)) return [`${at}: is new`];
    if (!after.has(key)) return [`${at}: is gone`];
    return differences(before.get(key), after.get(key), at);
  });
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) {
    const names = value.map((entry, index) => nameOf(entry) ?? String(index));
    return new Map(value.map((entry: unknown, index) => [names[index] ?? '', entry]));
  }
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function nameOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const key of ['uri', 'uriTemplate', 'name', 'key']) {
    const value: unknown = Reflect.get(entry, key);
    if (typeof value === 'string') return value;
  }
  return undefined;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
