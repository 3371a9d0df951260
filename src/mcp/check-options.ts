import type { DynamicModule } from '@nestjs/common';
import {
  extrasProblem,
  moduleOptionProblem,
  optionProblem,
  type OptionsOf,
} from '../request/known-options.js';
import type { McpTasksOptions } from './authoring/task-options.js';
import type { McpToolLimits } from './authoring/tool-limits.js';
import {
  SIGN_IN_OPTIONS,
  type McpModuleExtras,
  type McpModuleOptions,
  type McpSessionOptions,
} from './mcp-options.js';
import { McpConfigurationError } from './mcp.errors.js';
import type { McpServerCardOptions } from './server-card.options.js';
import { DEFAULT_MCP_LIMITS } from './protocol/mcp-limits.js';

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
  refuse(moduleOptionProblem(options, OPTIONS, EXTRAS, OTHER_NAMES));
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
  checkClientNames(options.challengeInResult);
  options.allowedOrigins?.forEach(checkOrigin);
  options.allowedHosts?.forEach((host) => checkHost('allowedHosts', host));
  return options;
}

/**
 * Checks the options that are known before any provider exists.
 *
 * @param definition of the module
 * @throws {McpConfigurationError}
 */
export function checkExtras(definition: DynamicModule, extras: McpModuleExtras): void {
  const { path, guards, include } = extras;
  refuse(extrasProblem(definition, extras, EXTRAS, OPTIONS));
  if (path !== undefined && !LITERAL_PATH.test(path)) {
    throw new McpConfigurationError(
      `path is ${JSON.stringify(path)}. Use a literal path such as 'tools/mcp': it is part of the resource identifier, and must not have parameters or wildcards.`,
    );
  }
  checkClasses('guards', guards, 'guards: [ClerkAuthGuard]');
  checkClasses('include', include, 'include: [NotesModule]');
}

/** @throws {McpConfigurationError} `forFeature()` has an option that does not exist */
export function checkFeature(feature: object): void {
  const problem = optionProblem(feature, { path: true });
  if (problem !== undefined) throw new McpConfigurationError(`forFeature() has the ${problem}`);
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new McpConfigurationError(problem);
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

/** @param parts of names; an empty one would match every client */
function checkClientNames(parts: unknown): void {
  const areParts =
    parts === undefined ||
    (Array.isArray(parts) &&
      parts.every((part: unknown) => typeof part === 'string' && part.trim() !== ''));
  if (areParts) return;
  throw new McpConfigurationError(
    `challengeInResult is ${JSON.stringify(parts)}. Use a list of parts of client names, such as ['chatgpt'], or [] for no client.`,
  );
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
  signIn: SIGN_IN_OPTIONS,
  legacy: ['sessions', 'stateless', 'reject'],
};

const LITERAL_PATH = /^[\w./~-]*$/;

const TOOL_LIMITS = {
  timeoutMs: true,
  maxConcurrent: true,
  maxConcurrentPerPrincipal: true,
} as const satisfies OptionsOf<McpToolLimits>;

const OPTIONS = {
  name: true,
  version: true,
  title: true,
  instructions: true,
  websiteUrl: true,
  icons: true,
  serverCard: {
    url: true,
    description: true,
    name: true,
    repository: true,
  } satisfies OptionsOf<McpServerCardOptions>,
  allowedHosts: true,
  allowedOrigins: true,
  signIn: true,
  challengeInResult: true,
  exclude: true,
  dynamic: true,
  pageSize: true,
  requestStateKey: true,
  legacy: true,
  fastPath: true,
  maxStreamsPerPrincipal: true,
  revocationGraceMs: true,
  sessions: {
    idleMs: true,
    max: true,
    maxPerPrincipal: true,
  } satisfies OptionsOf<McpSessionOptions>,
  tasks: {
    ttlMs: true,
    pollIntervalMs: true,
    max: true,
    maxPerPrincipal: true,
    maxBytes: true,
    maxBytesPerPrincipal: true,
    anonymous: true,
  } satisfies OptionsOf<McpTasksOptions>,
  limits: {
    memoryBytes: true,
    ...Object.fromEntries(Object.keys(DEFAULT_MCP_LIMITS).map((name) => [name, true as const])),
  },
  seamTimeoutMs: true,
  toolLimits: TOOL_LIMITS,
  validation: true,
} as const satisfies OptionsOf<McpModuleOptions>;

const EXTRAS = {
  path: true,
  guards: true,
  include: true,
  isGlobal: true,
} as const satisfies OptionsOf<McpModuleExtras>;

/** What to write for names that other libraries use. */
const OTHER_NAMES = {
  endpoint: '`path`',
  mcpEndpoint: '`path`',
  transport: 'nothing: the endpoint serves Streamable HTTP, and McpStdio serves stdio',
  capabilities: 'nothing: they follow from the entries',
};
