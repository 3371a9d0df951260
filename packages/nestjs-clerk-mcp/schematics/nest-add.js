// @ts-check
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import {
  addImport,
  addToModule,
  hasForRoot,
  importedFrom,
  rootModuleImport,
} from './module-file.js';
import {
  hasPackage,
  readJson,
  readManifest,
  readText,
  sourceRootOf,
  writeJson,
} from './project.js';

/** @typedef {import('@angular-devkit/schematics').Tree} Tree */
/** @typedef {import('@angular-devkit/schematics').SchematicContext} SchematicContext */
/** @typedef {import('./project.js').Manifest} Manifest */

/**
 * `nest add nestjs-clerk-mcp`: the modules in the root module, the variables in `.env`, the peers in
 * package.json, and the preset of Jest. What is there already stays as it is.
 *
 * @param {{ sourceRoot?: string, module?: string, serverName?: string, skipDependencies?: boolean }} options
 * @returns {(tree: Tree, context: SchematicContext) => Tree}
 */
export function nestAdd(options) {
  return (tree, context) => {
    const manifest = readManifest(tree);
    const path = rootModulePath(tree, options);
    addModules(tree, path, serverName(options.serverName ?? manifest.name));
    addVariables(tree, context);
    if (!options.skipDependencies) addPackages(tree, context, manifest);
    warnAboutResolution(tree, context);
    context.logger.info(
      'Next: npx nestjs-clerk-mcp emulator --env .env runs a local Clerk, and nest g -c nestjs-clerk-mcp tool NAME creates a tool.',
    );
    return tree;
  };
}

/** @param {Tree} tree @param {{ sourceRoot?: string, module?: string }} options */
function rootModulePath(tree, options) {
  const root = sourceRootOf(tree, options.sourceRoot);
  if (options.module !== undefined) {
    const given = [options.module, posix.join(root, options.module)].find((one) =>
      tree.exists(one),
    );
    if (given) return posix.normalize(given);
    throw new Error(
      `--module names ${options.module}, which does not exist. Name the file of a module.`,
    );
  }
  const main = posix.join(root, `${readJson(tree, 'nest-cli.json')?.entryFile ?? 'main'}.ts`);
  const specifier = rootModuleImport(readText(tree, main) ?? '');
  const started = specifier?.startsWith('.')
    ? posix.join(posix.dirname(main), `${specifier.replace(/\.js$/, '')}.ts`)
    : undefined;
  const found = [started, posix.join(root, 'app.module.ts')].find((one) => one && tree.exists(one));
  if (found) return found;
  throw new Error(
    `There is no app.module.ts in ${root}, and ${main} starts no module of this folder. Name the file of the root module: nest add nestjs-clerk-mcp --module=src/root.module.ts`,
  );
}

/** @param {string | undefined} given */
function serverName(given) {
  return (
    (given ?? 'app')
      .replace(/^@[^/]*\//, '')
      .replaceAll(/[^\w.-]/g, '-')
      .slice(0, 64) || 'app'
  );
}

/** @param {Tree} tree @param {string} path @param {string} name */
function addModules(tree, path, name) {
  const before = readText(tree, path) ?? '';
  let source = before;
  /** @param {string} element */
  const add = (element) => {
    source = addToModule(source, path, 'imports', element);
  };
  if (!hasForRoot(source, 'ClerkAuthModule')) {
    const config = importedFrom(source, 'ConfigModule') ?? CONFIG;
    if (config !== CONFIG) {
      throw new Error(
        `ConfigModule in ${path} comes from ${config}, not from ${CONFIG}. Rename one of them, or add ClerkAuthModule and McpModule by hand: https://nestjs-clerk-mcp.github.io/nestjs-clerk-mcp/embedding`,
      );
    }
    source = addImport(source, ['ConfigModule', 'ConfigService'], CONFIG);
    if (!hasForRoot(source, 'ConfigModule')) add('ConfigModule.forRoot()');
    source = addImport(source, ['ClerkAuthGuard', 'ClerkAuthModule', 'McpModule'], PACKAGE);
    add(CLERK_AUTH_MODULE);
  }
  if (!hasForRoot(source, 'McpModule')) {
    source = addImport(source, ['ClerkAuthGuard', 'McpModule'], PACKAGE);
    add(
      `McpModule.forRoot({\n  name: '${name}',\n  version: '1.0.0',\n  guards: [ClerkAuthGuard],\n})`,
    );
  }
  if (!hasForRoot(source, 'McpExplorerModule')) {
    source = addImport(source, ['McpExplorerModule'], `${PACKAGE}/explorer`);
    add('McpExplorerModule.forRoot({})');
  }
  if (source !== before) tree.overwrite(path, source);
}

/** @param {Tree} tree @param {SchematicContext} context */
function addVariables(tree, context) {
  const before = readText(tree, '.env');
  const lineOf = /^\s*(?:export\s+)?(\w+)\s*=/gm;
  const names = new Set([...(before ?? '').matchAll(lineOf)].map(([, name]) => name));
  const missing = VARIABLES.filter(({ name }) => !names.has(name));
  if (missing.length === 0) return;
  const separator = before && !before.endsWith('\n') ? '\n' : '';
  const lines = missing.map(({ name, value, comment }) => `# ${comment}\n${name}=${value}\n`);
  const text = `${before ?? ''}${separator}${lines.join('')}`;
  if (before === undefined) tree.create('.env', text);
  else tree.overwrite('.env', text);
  if (!/^\/?\.env(\*|\s|$)/m.test(readText(tree, '.gitignore') ?? '')) {
    context.logger.warn(
      '.gitignore does not name .env. Add it: the file will hold your secret key.',
    );
  }
}

/** @param {Tree} tree @param {SchematicContext} context @param {Manifest} manifest */
function addPackages(tree, context, manifest) {
  const before = JSON.stringify(manifest);
  const { dependencies, devDependencies } = packagesFor(manifest);
  manifest.dependencies = withMissing(manifest, manifest.dependencies, dependencies);
  if (hasPackage(manifest, 'jest') || hasPackage(manifest, 'vitest')) {
    manifest.devDependencies = withMissing(manifest, manifest.devDependencies, devDependencies);
  }
  const installs = JSON.stringify(manifest) !== before;
  if (manifest.jest) manifest.jest = withPreset(manifest.jest);
  if (JSON.stringify(manifest) !== before) writeJson(tree, 'package.json', manifest);
  const endToEnd = readJson(tree, 'test/jest-e2e.json');
  if (endToEnd && withPreset(endToEnd) !== endToEnd) {
    writeJson(tree, 'test/jest-e2e.json', withPreset(endToEnd));
  }
  if (hasPackage(manifest, 'jest') && manifest.jest?.['preset'] !== `${PACKAGE}/jest`) {
    context.logger.warn(
      `Jest cannot load ES modules of packages. Write preset: '${PACKAGE}/jest' in its configuration, in place of transform.`,
    );
  }
  if (installs) context.addTask(installTask(tree));
}

/**
 * What an application and its tests need beside this package, in the versions that it was made for.
 *
 * @param {Manifest} manifest
 */
function packagesFor(manifest) {
  /** @type {{ version: string, dependencies: Record<string, string>, peerDependencies: Record<string, string> }} */
  const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const nest = manifest.dependencies?.['@nestjs/common'] ?? '';
  return {
    dependencies: {
      [PACKAGE]: `^${own.version}`,
      [CONFIG]: /^\D*11\./.test(nest) ? '^4.0.0' : '^12.0.0',
      'nestjs-cls': own.peerDependencies['nestjs-cls'] ?? '*',
      zod: own.dependencies['zod'] ?? '*',
    },
    devDependencies: {
      '@modelcontextprotocol/client': own.peerDependencies['@modelcontextprotocol/client'] ?? '*',
      '@nestjs/testing': nest || '*',
    },
  };
}

/**
 * @param {Manifest} manifest
 * @param {Record<string, string> | undefined} present @param {Record<string, string>} wanted
 */
function withMissing(manifest, present, wanted) {
  const missing = Object.entries(wanted).filter(([name]) => !hasPackage(manifest, name));
  if (missing.length === 0) return present ?? {};
  const all = Object.entries({ ...present, ...Object.fromEntries(missing) });
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Puts the preset in place of a `transform` by which Jest cannot load ES modules.
 *
 * @param {Record<string, unknown>} jest
 */
function withPreset(jest) {
  if ('preset' in jest) return jest;
  const { transform, ...others } = jest;
  const isUsual =
    transform === undefined ||
    /^\{"[^"]*":"(ts-jest|@swc\/jest)"\}$/.test(JSON.stringify(transform));
  return isUsual ? { preset: `${PACKAGE}/jest`, ...others } : jest;
}

/** @param {Tree} tree */
function installTask(tree) {
  const [, packageManager = 'npm'] = LOCK_FILES.find(([file]) => tree.exists(file)) ?? [];
  const options = { command: 'install', quiet: true, hideOutput: false, packageManager };
  return { toConfiguration: () => ({ name: 'node-package', options }) };
}

/** @param {Tree} tree @param {SchematicContext} context */
function warnAboutResolution(tree, context) {
  const config = readText(tree, 'tsconfig.json') ?? '';
  if (/"moduleResolution"\s*:\s*"(nodenext|node16|bundler)"/i.test(config)) return;
  if (/"module"\s*:\s*"(nodenext|node16|node18|node20)"/i.test(config)) return;
  context.logger.warn(
    'tsconfig.json may not find nestjs-clerk-mcp/testing and the other entry points. Set "module" and "moduleResolution" to "nodenext".',
  );
}

const PACKAGE = 'nestjs-clerk-mcp';
const CONFIG = '@nestjs/config';

const CLERK_AUTH_MODULE = `ClerkAuthModule.forRootAsync({
  imports: [ConfigModule],
  inject: [ConfigService],
  useFactory: (config: ConfigService) => ({
    secretKey: config.get<string>('CLERK_SECRET_KEY', ''),
    publishableKey: config.get<string>('CLERK_PUBLISHABLE_KEY'),
    apiURL: config.get<string>('CLERK_API_URL'),
    baseURL: config.get<string>('PUBLIC_URL', 'http://localhost:3000'),
  }),
})`;

const VARIABLES = [
  {
    name: 'CLERK_SECRET_KEY',
    value: '',
    comment: 'Keys of your Clerk instance. For development: npx nestjs-clerk-mcp emulator',
  },
  {
    name: 'CLERK_PUBLISHABLE_KEY',
    value: '',
    comment: 'Names the Clerk instance that issues tokens.',
  },
  {
    name: 'CLERK_API_URL',
    value: '',
    comment: 'Only with the emulator. Empty: https://api.clerk.com',
  },
  {
    name: 'PUBLIC_URL',
    value: 'http://localhost:3000',
    comment: 'Address that clients use. The MCP endpoint is at /mcp below it.',
  },
];

/** @type {readonly (readonly [file: string, packageManager: string])[]} */
const LOCK_FILES = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];
