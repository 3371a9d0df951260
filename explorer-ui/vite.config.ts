import { defineConfig } from 'vite';

export default defineConfig({
  // `ExplorerAssets` puts the place of the page here, which is known when it is served.
  base: '/__explorer__/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../explorer-assets',
    emptyOutDir: true,
    target: 'es2022',
    // A policy of the page forbids inline scripts, and data: URLs in styles.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
});
