import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/** A file in `bench/results`, laid out as the rest of the repository is. */
export function resultsFile(name: string) {
  const path = fileURLToPath(new URL(name, FOLDER));
  return {
    write: async (text: string): Promise<void> => {
      await mkdir(FOLDER, { recursive: true });
      const style = { ...(await resolveConfig(path)), filepath: path };
      await writeFile(path, path.endsWith('.svg') ? text : await format(text, style));
    },
    /** `undefined` where there is none yet. */
    read: (): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined),
  };
}

const FOLDER = new URL('../../results/', import.meta.url);
