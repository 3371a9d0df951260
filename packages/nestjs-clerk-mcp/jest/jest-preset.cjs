// @ts-check
const { existsSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');

/** What Nest needs: decorators and their metadata. A `.swcrc` of the project replaces it. */
const SWC_OPTIONS = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'commonjs' },
};

/**
 * Preset for Jest on every supported Node: `"preset": "nestjs-clerk-mcp/jest"` in place of `transform`.
 * It compiles TypeScript with the transformer of the project, and ES modules of packages to CommonJS.
 */
exports.testEnvironment = 'node';
exports.transform = {
  '^.+\\.[cm]?tsx?$': typescriptTransformer(),
  '^.+\\.[cm]?js$': require.resolve('./esm-to-commonjs.cjs'),
};
// Jest skips node_modules by default, and ES modules there are what it cannot load.
exports.transformIgnorePatterns = /** @type {string[]} */ ([]);

/** ts-jest or `@swc/jest`, whichever the project has. */
function typescriptTransformer() {
  const project = createRequire(join(process.cwd(), 'package.json'));
  for (const name of ['ts-jest', '@swc/jest']) {
    try {
      const path = project.resolve(name);
      return name === 'ts-jest' || existsSync('.swcrc') ? path : [path, SWC_OPTIONS];
    } catch {
      // The project does not have it.
    }
  }
  throw new Error(
    'The Jest preset of nestjs-clerk-mcp needs ts-jest or @swc/jest. Install one of them: npm install --save-dev ts-jest',
  );
}
