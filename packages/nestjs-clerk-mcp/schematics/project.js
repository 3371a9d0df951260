// @ts-check
import { posix } from 'node:path';

/** @typedef {import('@angular-devkit/schematics').Tree} Tree */
/** @typedef {{ readonly name?: string, readonly type?: string, jest?: Record<string, unknown>, dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} Manifest */

/**
 * The text of a file, or `undefined`.
 *
 * @param {Tree} tree @param {string} path
 */
export function readText(tree, path) {
  return tree.read(path)?.toString('utf8');
}

/**
 * A JSON file of the project. Fails with the name of the file if it is not JSON.
 *
 * @param {Tree} tree @param {string} path @returns {any}
 */
export function readJson(tree, path) {
  const text = readText(tree, path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new Error(`${path} is not valid JSON. Correct it, then run the command again.`, {
      cause,
    });
  }
}

/**
 * Writes a JSON file with the indentation that it had.
 *
 * @param {Tree} tree @param {string} path @param {unknown} value
 */
export function writeJson(tree, path, value) {
  const [, indentation = '  '] = /^\{\r?\n([ \t]+)/.exec(readText(tree, path) ?? '') ?? [];
  tree.overwrite(path, `${JSON.stringify(value, null, indentation)}\n`);
}

/**
 * package.json of the project.
 *
 * @param {Tree} tree @returns {Manifest}
 */
export function readManifest(tree) {
  const manifest = readJson(tree, 'package.json');
  if (manifest === undefined) {
    throw new Error(
      'There is no package.json here. Run the command in the folder of a Nest application.',
    );
  }
  return manifest;
}

/**
 * Whether the project has a package, in any group of its dependencies.
 *
 * @param {Manifest} manifest @param {string} name
 */
export function hasPackage({ dependencies, devDependencies }, name) {
  return name in { ...dependencies, ...devDependencies };
}

/**
 * The folder of the sources, without a slash at either end.
 *
 * @param {Tree} tree @param {string | undefined} given the CLI passes the text `undefined` for none
 */
export function sourceRootOf(tree, given) {
  const configured = given === 'undefined' ? undefined : given;
  const root = configured ?? readJson(tree, 'nest-cli.json')?.sourceRoot ?? 'src';
  return posix.normalize(String(root)).replace(/^(\.?\/)+|\/+$/g, '');
}

/**
 * Whether relative imports of a file end in `.js`: as its other imports do, else as Node needs it.
 *
 * @param {Tree} tree @param {string} source
 */
export function importsHaveExtension(tree, source) {
  const [, specifier] = /from\s+['"](\.{1,2}\/[^'"]+)['"]/.exec(source) ?? [];
  if (specifier !== undefined) return /\.[cm]?js$/.test(specifier);
  return readManifest(tree).type === 'module';
}

/**
 * How one file imports another.
 *
 * @param {string} from @param {string} to a path that ends in `.ts` @param {boolean} withExtension
 */
export function relativeImport(from, to, withExtension) {
  const path = posix.relative(posix.dirname(from), to).replace(/\.ts$/, withExtension ? '.js' : '');
  return path.startsWith('.') ? path : `./${path}`;
}
