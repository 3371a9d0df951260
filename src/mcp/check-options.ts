import type { McpModuleExtras, McpModuleOptions } from './mcp-options.js';
import { McpConfigurationError } from './mcp.errors.js';

/**
 * Checks the options of the module.
 *
 * @param options `undefined` if a factory returned none
 * @throws {McpConfigurationError}
 */
export function checkOptions(options: McpModuleOptions | undefined): McpModuleOptions {
  if (typeof options !== 'object' || options === null) {
    throw new McpConfigurationError(
      "there are no options. Import McpModule.forRoot({ name: 'notes', version: '1.0.0' }), or return such an object from the factory of forRootAsync().",
    );
  }
  for (const option of ['name', 'version'] as const) {
    const value: unknown = options[option];
    if (typeof value === 'string' && value.trim() !== '') continue;
    throw new McpConfigurationError(
      `${option} is missing. Clients get it when they connect: set ${option}: '${EXAMPLES[option]}'.`,
    );
  }
  for (const [option, known] of Object.entries(CHOICES)) {
    const value: unknown = Reflect.get(options, option);
    if (value === undefined || known.some((choice) => choice === value)) continue;
    const choices = known.map((choice) => `'${choice}'`).join(', ');
    throw new McpConfigurationError(
      `${option} is ${JSON.stringify(value)}. Use one of ${choices}.`,
    );
  }
  if (options.sessions && (options.legacy ?? 'sessions') !== 'sessions') {
    throw new McpConfigurationError(
      `sessions sets limits, but legacy: '${options.legacy}' has no sessions. Remove one of them.`,
    );
  }
  const { requestStateKey: key } = options;
  if (key && key.length < KEY_BYTES) {
    throw new McpConfigurationError(
      `requestStateKey has ${key.length} bytes. Use ${KEY_BYTES} or more: openssl rand -hex ${KEY_BYTES}.`,
    );
  }
  options.allowedOrigins?.forEach(checkOrigin);
  options.allowedHosts?.forEach((host) => checkHost('allowedHosts', host));
  return options;
}

/**
 * Checks the options that are known before any provider exists.
 *
 * @throws {McpConfigurationError}
 */
export function checkExtras({ path, guards, include }: McpModuleExtras): void {
  if (path !== undefined && !LITERAL_PATH.test(path)) {
    throw new McpConfigurationError(
      `path is ${JSON.stringify(path)}. Use a literal path such as 'tools/mcp': it is part of the resource identifier, and must not have parameters or wildcards.`,
    );
  }
  checkClasses('guards', guards, 'guards: [ClerkAuthGuard]');
  checkClasses('include', include, 'include: [NotesModule]');
}

function checkClasses(option: string, classes: readonly unknown[] | undefined, example: string) {
  if (classes === undefined) return;
  if (!Array.isArray(classes)) {
    throw new McpConfigurationError(`${option} is not a list. Write ${example}.`);
  }
  for (const one of classes as readonly unknown[]) {
    if (typeof one === 'function') continue;
    throw new McpConfigurationError(
      one === undefined
        ? `${option} names a class that is undefined: two files import each other. Move the class into a file of its own.`
        : `${option} takes classes, not instances: Nest creates the instances. Write ${example}.`,
    );
  }
}

/** An origin that no browser sends would never match. */
function checkOrigin(entry: string): void {
  if (!entry.includes('://')) return checkHost('allowedOrigins', entry);
  const origin = URL.canParse(entry) ? new URL(entry).origin : undefined;
  if (origin === entry || origin === 'null') return;
  throw new McpConfigurationError(
    `allowedOrigins names ${JSON.stringify(entry)}, which no browser sends. ${
      origin === undefined
        ? "Use an origin such as 'https://app.example.com'."
        : `Use '${origin}': an origin ends after the port, and is in lower case.`
    }`,
  );
}

function checkHost(option: string, entry: string): void {
  const url = `http://${entry}`;
  const host = URL.canParse(url) ? new URL(url).hostname : undefined;
  if (host === entry) return;
  throw new McpConfigurationError(
    `${option} names ${JSON.stringify(entry)}, which would never match. Use ${
      host ? `'${host}'` : "a name such as 'mcp.example.com'"
    }: a host name without port and path, in lower case.`,
  );
}

const KEY_BYTES = 32;
const EXAMPLES = { name: 'notes', version: '1.0.0' } as const;

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  signIn: ['call', 'connect'],
  legacy: ['sessions', 'stateless', 'reject'],
};

const LITERAL_PATH = /^[\w./~-]*$/;
