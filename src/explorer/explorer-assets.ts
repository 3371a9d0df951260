import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The files of the page, read once. */
export class ExplorerAssets {
  private readonly page: string;
  private readonly files: ReadonlyMap<string, ExplorerFile>;

  private constructor(folder: URL) {
    this.page = readFileSync(new URL('index.html', folder), 'utf8');
    const assets = new URL('assets/', folder);
    this.files = new Map(
      readdirSync(assets).flatMap((name) => {
        const type = TYPES[name.slice(name.lastIndexOf('.'))];
        if (type === undefined) return [];
        return [[name, fileOf(readFileSync(new URL(name, assets), 'utf8'), type)] as const];
      }),
    );
  }

  /** @returns `undefined` where the page was not built: without development packages */
  static read(folder: URL = FOLDER): ExplorerAssets | undefined {
    return existsSync(new URL('index.html', folder)) ? new ExplorerAssets(folder) : undefined;
  }

  /**
   * The page, whose files are at a relative URL: a proxy may have put the application below any path.
   *
   * @param base of the files, such as `./explorer/`
   */
  pageAt(base: string): ExplorerFile {
    return fileOf(this.page.replaceAll(BASE, base), 'text/html; charset=utf-8');
  }

  /** A file of the page; `undefined` if there is none of this name. */
  file(name: string): ExplorerFile | undefined {
    return this.files.get(name);
  }
}

/** A file of the page. */
export interface ExplorerFile {
  readonly text: string;
  readonly type: string;
  /** Value of the header `ETag`. */
  readonly etag: string;
}

function fileOf(text: string, type: string): ExplorerFile {
  const hash = createHash('sha256').update(text).digest('base64url');
  return { text, type, etag: `"${hash}"` };
}

/** `npm run build:explorer` writes it; the published package has it. */
const FOLDER = new URL('../../explorer-assets/', import.meta.url);

/** What the built page has in place of the URL of its folder: `base` in `explorer-ui/vite.config.ts`. */
const BASE = '/__explorer__/';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
