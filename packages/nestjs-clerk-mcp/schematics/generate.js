// @ts-check
import { posix } from 'node:path';
import { TEMPLATES } from './generate.templates.js';
import { addImport, addToModule } from './module-file.js';
import {
  hasPackage,
  importsHaveExtension,
  readManifest,
  readText,
  relativeImport,
  sourceRootOf,
} from './project.js';

/** @typedef {import('@angular-devkit/schematics').Tree} Tree */
/** @typedef {import('@angular-devkit/schematics').SchematicContext} SchematicContext */
/** @typedef {import('./generate.templates.js').Kind} Kind */
/** @typedef {{ name: string, path?: string, sourceRoot?: string, flat?: boolean, spec?: boolean, specFileSuffix?: string, skipImport?: boolean }} Options */
/** @typedef {(options: Options) => (tree: Tree, context: SchematicContext) => Tree} Schematic */

/** `nest g -c nestjs-clerk-mcp tool NAME` @type {Schematic} */
export const tool = (options) => (tree, context) => generate('tool', options, tree, context);

/** `nest g -c nestjs-clerk-mcp resource NAME` @type {Schematic} */
export const resource = (options) => (tree, context) =>
  generate('resource', options, tree, context);

/** `nest g -c nestjs-clerk-mcp prompt NAME` @type {Schematic} */
export const prompt = (options) => (tree, context) => generate('prompt', options, tree, context);

/** `nest g -c nestjs-clerk-mcp policy NAME` @type {Schematic} */
export const policy = (options) => (tree, context) => generate('policy', options, tree, context);

/**
 * Creates a provider with its test, and adds it to the nearest module.
 *
 * @param {Kind} kind @param {Options} options @param {Tree} tree @param {SchematicContext} context
 */
function generate(kind, options, tree, context) {
  const root = sourceRootOf(tree, options.sourceRoot);
  const segments = `${options.path ?? ''}/${options.name}`
    .split('/')
    .filter((one) => one !== '' && one !== '.')
    .map(kebabCase);
  const name = checkedName(segments, String(options.name));
  const folder = posix.join(root, ...segments.slice(0, options.flat ? -1 : undefined));
  const file = posix.join(folder, `${name}.${kind}.ts`);
  const spec = file.replace(/ts$/, `${options.specFileSuffix || 'spec'}.ts`);
  const template = TEMPLATES[kind];
  const names = {
    className: pascalCase(name) + pascalCase(kind),
    method: camelCase(name),
    name,
    file: `./${posix.basename(file, '.ts')}`,
  };
  checkMethod(names.method);
  const runner = options.spec === false ? undefined : runnerOf(tree, context);
  for (const path of runner ? [file, spec] : [file]) {
    if (tree.exists(path)) {
      throw new Error(`${path} exists already. Choose another name, or delete the file.`);
    }
  }
  const module = options.skipImport ? undefined : nearestModule(tree, folder, root);
  const moduleText = module === undefined ? '' : (readText(tree, module) ?? '');
  const withExtension = importsHaveExtension(tree, moduleText);
  if (module !== undefined) {
    const added = addToModule(moduleText, module, 'providers', names.className);
    const specifier = relativeImport(module, file, withExtension);
    tree.overwrite(module, addImport(added, [names.className], specifier));
  }
  tree.create(file, template.source(names));
  if (runner) {
    const self = withExtension ? `${names.file}.js` : names.file;
    const hasFastify = hasPackage(readManifest(tree), '@nestjs/platform-fastify');
    tree.create(spec, template.spec({ ...names, file: self, runner, hasFastify }));
  }
  return tree;
}

/** @param {readonly string[]} segments @param {string} given */
function checkedName(segments, given) {
  const name = segments.at(-1) ?? '';
  if (segments.every((one) => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(one)) && /^.{1,60}$/.test(name))
    return name;
  throw new Error(
    `${JSON.stringify(given.slice(0, 100))} is not a name. Write letters, digits and hyphens that begin with a letter, at most 60, such as get-weather.`,
  );
}

/** @param {string} method */
function checkMethod(method) {
  if (!RESERVED.has(method) && !(method in {})) return;
  throw new Error(
    `A provider cannot have the method ${method}: JavaScript or Nest calls it. Choose another name.`,
  );
}

/** @param {Tree} tree @param {SchematicContext} context */
function runnerOf(tree, context) {
  const manifest = readManifest(tree);
  const runner = ['vitest', 'jest'].find((name) => hasPackage(manifest, name));
  if (runner === undefined) {
    context.logger.warn('package.json names neither vitest nor jest: no test is created.');
  } else if (
    !hasPackage(manifest, '@modelcontextprotocol/client') ||
    !hasPackage(manifest, '@nestjs/testing')
  ) {
    context.logger.warn(
      'The test needs two packages: npm install --save-dev @nestjs/testing @modelcontextprotocol/client',
    );
  }
  return /** @type {'vitest' | 'jest' | undefined} */ (runner);
}

/**
 * The module in the folder, or in the nearest folder above it within the sources.
 *
 * @param {Tree} tree @param {string} folder @param {string} root
 */
function nearestModule(tree, folder, root) {
  for (let at = folder; ; at = posix.dirname(at)) {
    const files = tree.getDir(at).subfiles.filter((one) => one.endsWith('.module.ts'));
    const preferred = [`${posix.basename(at)}.module.ts`, 'app.module.ts', ...files.toSorted()];
    const found = preferred.find((one) => files.some((file) => file === one));
    if (found) return posix.join(at, found);
    if (at === root || !at.startsWith(root)) break;
  }
  throw new Error(
    `There is no *.module.ts in ${folder} or a folder above it. Create one with nest g module, or pass --skip-import.`,
  );
}

/** @param {string} text */
function kebabCase(text) {
  return text
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll(/[\s_.]+/g, '-')
    .toLowerCase();
}

/** @param {string} text */
function camelCase(text) {
  return text.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
}

/** @param {string} text */
function pascalCase(text) {
  return text.charAt(0).toUpperCase() + camelCase(text).slice(1);
}

const RESERVED = new Set([
  'then',
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);
