import { posix } from 'node:path';
import ts from 'typescript';

/** A breach of the rules of the rooms, for people. */
export type Breach = string;

/** What many rooms use. */
const LOWEST = ['instrumentation', 'request'];

/**
 * Which rooms a room may import, type imports counted. A room is a folder of `src`; inside `mcp` and
 * `clerk`, each folder is one. The files at the root of these two are `base`, save their modules.
 */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  docs: [],
  request: [],
  drain: [],
  instrumentation: [],
  emulator: [],
  backplane: ['request'],
  redis: ['backplane', 'instrumentation', 'request'],
  telemetry: ['instrumentation', 'request'],
  access: ['request'],
  audit: ['access', 'request', 'backplane'],
  limits: ['access', 'request', 'backplane', 'instrumentation'],

  'mcp/base': ['mcp/authoring', 'mcp/protocol', 'access', 'backplane', 'request'],
  'mcp/authoring': ['mcp/base', 'request'],
  'mcp/protocol': ['mcp/base', 'mcp/authoring', 'request'],
  'mcp/invocation': [
    'mcp/base',
    'mcp/authoring',
    'mcp/protocol',
    'access',
    'audit',
    'instrumentation',
    'request',
  ],
  'mcp/routes': ['mcp/base', 'mcp/authoring', 'mcp/invocation', 'access', 'audit', 'request'],
  'mcp/catalog': [
    'mcp/base',
    'mcp/authoring',
    'mcp/protocol',
    'mcp/invocation',
    'mcp/routes',
    'access',
    'audit',
    'request',
  ],
  'mcp/audit': [
    'mcp/base',
    'mcp/authoring',
    'mcp/protocol',
    'mcp/invocation',
    'mcp/catalog',
    'access',
    'audit',
    'request',
  ],
  'mcp/telemetry': [
    'mcp/base',
    'mcp/protocol',
    'mcp/invocation',
    'mcp/catalog',
    'instrumentation',
    'request',
  ],
  'mcp/tasks': [
    'mcp/base',
    'mcp/authoring',
    'mcp/protocol',
    'mcp/invocation',
    'mcp/catalog',
    'access',
    'audit',
    'backplane',
    'request',
  ],
  'mcp/server': [
    'mcp/base',
    'mcp/authoring',
    'mcp/protocol',
    'mcp/invocation',
    'mcp/catalog',
    'mcp/audit',
    'mcp/tasks',
    'mcp/telemetry',
    'access',
    'audit',
    'backplane',
    'drain',
    'instrumentation',
    'request',
  ],
  'mcp/fast-path': [
    'mcp/base',
    'mcp/authoring',
    'mcp/protocol',
    'mcp/invocation',
    'mcp/catalog',
    'mcp/server',
    'mcp/telemetry',
    'access',
    'instrumentation',
    'request',
  ],
  'mcp/http': [
    'mcp/base',
    'mcp/protocol',
    'mcp/invocation',
    'mcp/routes',
    'mcp/catalog',
    'mcp/audit',
    'mcp/server',
    'mcp/fast-path',
    'mcp/telemetry',
    'access',
    'backplane',
    'instrumentation',
    'request',
  ],
  'mcp/stdio': [
    'mcp/base',
    'mcp/protocol',
    'mcp/invocation',
    'mcp/catalog',
    'mcp/audit',
    'mcp/server',
    'mcp/telemetry',
    'access',
    'instrumentation',
    'request',
  ],
  'mcp/module': ['mcp/*', 'access', 'audit', 'backplane', 'drain', 'instrumentation', 'request'],

  'clerk/base': ['clerk/tokens', 'access', 'request'],
  'clerk/api': ['clerk/base', 'access', 'backplane', 'request'],
  'clerk/tokens': [
    'clerk/base',
    'clerk/api',
    'access',
    'backplane',
    'instrumentation',
    'limits',
    'request',
  ],
  'clerk/revocation': ['clerk/base', 'clerk/api', 'clerk/tokens', 'access', 'backplane', 'request'],
  'clerk/http': [
    'clerk/base',
    'clerk/api',
    'clerk/tokens',
    'clerk/revocation',
    'access',
    'audit',
    'backplane',
    'limits',
    'request',
  ],
  'clerk/user': [
    'clerk/base',
    'clerk/api',
    'clerk/tokens',
    'clerk/revocation',
    'clerk/http',
    'access',
    'backplane',
    'request',
  ],
  'clerk/oauth': [
    'clerk/base',
    'clerk/api',
    'clerk/tokens',
    'clerk/http',
    'access',
    'backplane',
    'limits',
    'request',
  ],
  'clerk/webhooks': [
    'clerk/base',
    'clerk/api',
    'clerk/revocation',
    'access',
    'backplane',
    'request',
  ],
  'clerk/module': ['clerk/*', 'access', 'audit', 'backplane', 'limits', ...LOWEST],

  explorer: ['access', 'clerk/*', 'mcp/*', 'request'],
  health: ['access', 'backplane', 'clerk/module', 'drain', 'request'],
  auth: ['access', 'clerk/*', 'mcp/authoring', 'request'],
  demo: ['access', 'clerk/*', 'mcp/authoring', 'request'],
  testing: ['access', 'clerk/*', 'emulator', 'limits', 'mcp/*', 'request'],
  cli: ['access', 'clerk/*', 'emulator', 'mcp/*', 'redis', 'request'],
  app: [
    'access',
    'audit',
    'auth',
    'backplane',
    'clerk/*',
    'demo',
    'emulator',
    'explorer',
    'health',
    'instrumentation',
    'limits',
    'mcp/*',
    'redis',
    'telemetry',
  ],
  // The entries: what they export is their whole content.
  entry: ['*'],
};

/** Packages that only these rooms may import. */
const PACKAGES: readonly (readonly [pattern: RegExp, rooms: RegExp])[] = [
  [/^@clerk\//, /^clerk\//],
  [/^ioredis$/, /^redis$/],
  [/^@opentelemetry\/api$/, /^(telemetry|app)$/],
  [/^@opentelemetry\//, /^app$/],
  [/^@modelcontextprotocol\/client$/, /^(mcp\/|testing$|cli$)/],
  [/^@modelcontextprotocol\//, /^(mcp\/|testing$)/],
  [/^(@nestjs\/(core|common))\/./, /^mcp\/base$/],
];

/** The room that a file of `src` is in. */
export function roomOf(file: string): string {
  const [room = '', ...rest] = file.split('/');
  if (rest.length === 0) return 'entry';
  if (room !== 'mcp' && room !== 'clerk') return room;
  if (rest.length > 1) return `${room}/${rest[0]}`;
  return MODULES.has(rest[0] ?? '') ? `${room}/module` : `${room}/base`;
}

const MODULES: ReadonlySet<string> = new Set([
  'mcp.module.ts',
  'clerk-auth.module.ts',
  'clerk-auth.module-definition.ts',
  'clerk-feature.module.ts',
  'clerk-health.ts',
  'resolve-clerk-options.ts',
]);

/**
 * Breaches of the arrows, and circles of files.
 *
 * @param files their text by their path below `src`
 */
export function breachesIn(files: ReadonlyMap<string, string>): readonly Breach[] {
  const imports = new Map([...files].map(([file, text]) => [file, importsOf(text)]));
  const breaches: Breach[] = [];
  for (const [file, specifiers] of imports) {
    const room = roomOf(file);
    for (const specifier of specifiers) {
      if (!specifier.startsWith('.')) {
        const owners = PACKAGES.find(([pattern]) => pattern.test(specifier))?.[1];
        if (owners && !owners.test(room)) breaches.push(`${file} imports ${specifier}`);
        continue;
      }
      const target = targetOf(file, specifier);
      if (!mayImport(room, roomOf(target))) breaches.push(`${file} imports ${target}`);
    }
  }
  for (const circle of circlesOf(imports)) breaches.push(`circle: ${circle.join(' -> ')}`);
  return breaches;
}

function mayImport(from: string, to: string): boolean {
  if (from === to || to === 'docs') return true;
  const allowed = ARROWS[from] ?? [];
  return allowed.some((one) => one === '*' || one === to || one === `${to.split('/')[0]}/*`);
}

function importsOf(text: string): readonly string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

function targetOf(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

/** One circle for each group of files that import each other. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): readonly string[][] {
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[][] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      circles.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    state.set(file, 'open');
    for (const specifier of imports.get(file) ?? []) {
      if (specifier.startsWith('.')) visit(targetOf(file, specifier), [...path, file]);
    }
    state.set(file, 'done');
  };
  for (const file of imports.keys()) visit(file, []);
  return circles;
}
