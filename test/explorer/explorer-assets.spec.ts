import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ExplorerAssets } from '../../src/explorer/explorer-assets.js';
import rootManifest from '../../package.json' with { type: 'json' };

const FOLDER = resolve(import.meta.dirname, '../../explorer-assets');

describe('the page of the explorer', () => {
  it('has at most 150 KB, compressed', () => {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true });
    const bytes = files
      .filter((file) => file.isFile())
      .map((file) => gzipSync(readFileSync(join(file.parentPath, file.name))).byteLength);
    expect(bytes.length).toBeGreaterThanOrEqual(4);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(150_000);
  });

  it('is absent where it was not built', () => {
    const empty = mkdtempSync(join(tmpdir(), 'explorer-assets-'));
    try {
      expect(ExplorerAssets.read(pathToFileURL(`${empty}/`))).toBeUndefined();
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  it('needs nothing at run time that the service did not have', () => {
    const ofThePage = ['preact', '@preact/signals', '@modelcontextprotocol/client', 'vite'];
    expect(
      Object.keys(rootManifest.dependencies).filter((name) => ofThePage.includes(name)),
    ).toEqual([]);
  });
});
