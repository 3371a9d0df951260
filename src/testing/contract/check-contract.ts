import { readFile, writeFile } from 'node:fs/promises';
import type { CatalogContract } from '../../mcp/catalog/catalog-contract.js';
import { differences } from '../../mcp/catalog/contract-differences.js';
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
  const changes = differences(reviewed, contract);
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
