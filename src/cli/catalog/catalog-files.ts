import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { differences } from '../../mcp/catalog/contract-differences.js';
import { catalogMarkdown } from './catalog-markdown.js';
import type { ServerCatalog } from './server-catalog.js';

/** A file that the command writes or compares. */
export interface CatalogFile {
  readonly file: string;
  readonly text: string;
}

/** The catalog as a page and as data. */
export function catalogFiles(
  servers: readonly ServerCatalog[],
  folder: string,
): readonly CatalogFile[] {
  const json = { servers: servers.map(({ path, contract }) => ({ path, ...contract })) };
  return [
    { file: join(folder, 'catalog.json'), text: `${JSON.stringify(json, null, 2)}\n` },
    { file: join(folder, 'catalog.md'), text: catalogMarkdown(servers) },
  ];
}

/** Writes the files, and the folders that they are in. */
export async function writeFiles(files: readonly CatalogFile[]): Promise<void> {
  for (const { file, text } of files) {
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } catch (cause) {
      throw new Error(`Cannot write ${file}. Pass another folder with --out.`, { cause });
    }
  }
}

/**
 * Compares the files with what they should be.
 *
 * @returns a line for each difference
 */
export async function compareFiles(files: readonly CatalogFile[]): Promise<readonly string[]> {
  const found = await Promise.all(files.map(compareFile));
  return found.flat();
}

async function compareFile({ file, text }: CatalogFile): Promise<readonly string[]> {
  const reviewed = await readFile(file, 'utf8').catch(() => undefined);
  if (reviewed === undefined) return [`${file} is missing`];
  // Git may have changed the ends of lines.
  if (reviewed.replaceAll('\r\n', '\n') === text) return [];
  const changes = file.endsWith('.json') ? changesIn(reviewed, text) : [];
  const shown = changes.slice(0, MAX_CHANGES).map((change) => `${file}: ${change}`);
  if (changes.length > MAX_CHANGES) {
    return [...shown, `${file}: and ${changes.length - MAX_CHANGES} more`];
  }
  return shown.length > 0 ? shown : [`${file} is out of date`];
}

const MAX_CHANGES = 50;

function changesIn(reviewed: string, text: string): readonly string[] {
  try {
    return differences(JSON.parse(reviewed), JSON.parse(text));
  } catch {
    return ['is not valid JSON'];
  }
}
