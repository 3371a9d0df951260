// @ts-check
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');

/** @typedef {import('typescript')} TypeScript */

const ts = projectTypescript();

/**
 * Transformer of Jest that compiles ES modules in JavaScript to CommonJS, with the TypeScript of the
 * project. Other files pass unchanged.
 */
module.exports = {
  /** @param {string} source @param {string} path */
  process(source, path) {
    return { code: isEsModule(source, path) ? toCommonJs(source, path) : source };
  },

  /** @param {string} source @param {string} path */
  getCacheKey(source, path) {
    const facts = [ts.version, isEsModule(source, path), source].join('\0');
    return createHash('sha256').update(readFileSync(__filename)).update(facts).digest('hex');
  },
};

/** @returns {TypeScript} */
function projectTypescript() {
  for (const place of [join(process.cwd(), 'package.json'), __filename]) {
    try {
      const typescript = createRequire(place)('typescript');
      if (typeof typescript.transpileModule === 'function') return typescript;
    } catch {
      // It is not installed there.
    }
  }
  throw new Error(
    'The Jest preset of nestjs-clerk-mcp needs TypeScript with its compiler API, which version 7 does not have. Install it: npm install --save-dev typescript@6',
  );
}

/** @param {string} source @param {string} path */
function isEsModule(source, path) {
  if (path.endsWith('.mjs')) return true;
  if (path.endsWith('.cjs') || !/\b(import|export)\b/.test(source)) return false;
  return isInModulePackage(dirname(path));
}

/** @type {Map<string, boolean>} */
const modulePackages = new Map();

/**
 * Whether the nearest package.json has `"type": "module"`.
 *
 * @param {string} folder @returns {boolean}
 */
function isInModulePackage(folder) {
  const known = modulePackages.get(folder);
  if (known !== undefined) return known;
  const found =
    typeOf(folder) ?? (folder !== dirname(folder) && isInModulePackage(dirname(folder)));
  modulePackages.set(folder, found);
  return found;
}

/** @param {string} folder */
function typeOf(folder) {
  try {
    const { type } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return type === 'module';
  } catch {
    return undefined;
  }
}

/** @param {string} source @param {string} path */
function toCommonJs(source, path) {
  let usesImportMeta = false;
  const { outputText } = ts.transpileModule(source, {
    // TypeScript leaves a file named .mjs as it is.
    fileName: path.replace(/\.mjs$/, '.js'),
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      allowJs: true,
      noResolve: true,
    },
    transformers: {
      before: [
        (context) => (file) => {
          /** @param {import('typescript').Node} node @returns {import('typescript').Node} */
          const visit = (node) => {
            if (!isImportMeta(node)) return ts.visitEachChild(node, visit, context);
            usesImportMeta = true;
            return context.factory.createIdentifier('importMeta$');
          };
          return ts.visitEachChild(file, visit, context);
        },
      ],
    },
  });
  return usesImportMeta ? IMPORT_META + outputText : outputText;
}

/** @param {import('typescript').Node} node */
function isImportMeta(node) {
  return ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword;
}

/** `import.meta` is a syntax error in CommonJS. On the line of the code, so that its lines stay. */
const IMPORT_META =
  '"use strict"; const importMeta$ = { url: require("node:url").pathToFileURL(__filename).href, filename: __filename, dirname: __dirname }; ';
