// node packages/bundle.mjs DIST: joins the compiled modules of the library, or of the service, into few files.
//
// Node takes longer to find, read and link a module than to compile it, and the library has hundreds. Entries keep
// their path and what they export. What they share is in `chunks`, as deep as the rooms are, so that paths from
// `import.meta.url` stay right. Packages are no part of it, and declarations stay as they are.
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const ROOT = resolve(import.meta.dirname, '..');
const dist = resolve(process.argv[2] ?? 'dist');
/** The benchmarks start `app.http`, and `doctor` reads the rules of `app.module`. */
const entries = [...published(), 'main', 'app/app.http', 'app/app.module'].filter((entry) =>
  existsSync(join(dist, `${entry}.js`)),
);
const compiled = readdirSync(dist, { recursive: true })
  .filter((file) => /\.js(\.map)?$/.test(file))
  .map((file) => join(dist, file));
const sourcemap = compiled.some((file) => file.endsWith('.map'));
const build = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, join(dist, `${entry}.js`)])),
  platform: 'node',
  external: (id) => !id.startsWith('.') && !isAbsolute(id),
  plugins: [{ name: 'compiled', load, renderChunk: toAscii }],
  onLog: (level, { message }) => {
    if (level === 'warn') throw new Error(message);
  },
});
const { output } = await build.write({
  dir: dist,
  sourcemap,
  // Nest shows the names of classes.
  keepNames: true,
  // The declarations have them.
  comments: false,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
});
const written = new Set(output.map(({ fileName }) => join(dist, fileName)));
for (const file of compiled) if (!written.has(file)) rmSync(file);

/** The entries of the package, which are all that its compilation starts from. */
function published() {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.package.json'), 'utf8'));
  return files.map((file) => file.replace(/^src\/(.*)\.ts$/, '$1'));
}

/** Adds the source map of the compiler, so that that of the bundle leads to the TypeScript. */
function load(id) {
  if (!existsSync(`${id}.map`)) return undefined;
  return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
}

/**
 * V8 keeps the source of a module in twice the memory if it has one character beyond Latin-1. Comments are left
 * out, so that each such character is in a literal, where an escape means the same.
 */
function toAscii(code) {
  const escaped = code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { code: escaped, map: null };
}
