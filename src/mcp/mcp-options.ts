import type { Icon } from '@modelcontextprotocol/server';
import type { CanActivate, Type, ValidationPipeOptions } from '@nestjs/common';
import { SEAM_TIMEOUT_MS } from '../backplane/contained-seam.js';
import {
  resolveTasksOptions,
  type McpTasksOptions,
  type ResolvedMcpTasksOptions,
} from './authoring/task-options.js';
import {
  problemOfLimits,
  resolveToolLimits,
  type McpToolLimits,
  type ResolvedToolLimits,
} from './authoring/tool-limits.js';
import { McpConfigurationError } from './mcp.errors.js';
import type { McpServerCardOptions } from './server-card.options.js';
import { resolveMcpLimits, type McpLimits, type ResolvedMcpLimits } from './protocol/mcp-limits.js';

/** Options of `McpModule.forRoot()`. */
export interface McpModuleOptions {
  /** Name of the server, for machines, such as `notes`. */
  readonly name: string;
  /** Version of the server, such as `1.4.0`. */
  readonly version: string;
  /** Name of the server, for people. */
  readonly title?: string;
  /** How a model should use this server; clients may put it into the system prompt. */
  readonly instructions?: string;
  /** A page about the server, for people. */
  readonly websiteUrl?: string;
  /** Pictures of the server that a client may show. */
  readonly icons?: readonly Icon[];
  /**
   * Serves a card of the server (SEP-2127) at `<endpoint>/server-card`, and an AI catalog that names it at
   * `/.well-known/ai-catalog.json`, to anybody. Neither names an entry. Default: none.
   */
  readonly serverCard?: McpServerCardOptions | undefined;
  /**
   * Allowed host names of the `Host` header, without port. Default: on a loopback connection the
   * loopback names (protection against DNS rebinding), elsewhere any. Loopback names are always
   * allowed on a loopback connection.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Allowed values of the `Origin` header: origins such as `https://app.example.com`, or host names
   * for any scheme and port. Requests without the header are always allowed. Default: loopback
   * names.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * When an anonymous client is asked to sign in. `connect`: with its first request. `offer`: when it
   * uses a protected entry; lists name the entries that a sign-in would open to it, and tools say how
   * to sign in (`securitySchemes`). `call`: the same, but lists name only what anybody may use. In
   * every mode, public entries can be used without a sign-in. Connections over stdio have no mode.
   * Default: `auto`, found for each request: `connect` if all entries are protected, `offer` if some
   * are.
   */
  readonly signIn?: SignInOption;
  /**
   * Clients that read the challenge of a refused tool call in its result, not in the headers of a 401:
   * parts of their name or of their `User-Agent`, without regard to case. In the mode `offer`, an
   * anonymous call of a protected tool is answered to them with 200, `isError` and
   * `_meta["mcp/www_authenticate"]`. Default: `['openai-mcp', 'chatgpt']`.
   */
  readonly challengeInResult?: readonly string[];
  /** Names of discovered tools that are not served. An unknown name stops the boot. */
  readonly exclude?: readonly string[];
  /**
   * Whether entries will be added while the server runs: announces resources and prompts from the
   * start, even if there are none. Default: false.
   */
  readonly dynamic?: boolean;
  /** Entries of a list on one page. Default: 100. */
  readonly pageSize?: number;
  /**
   * Key that signs the state of a call between its rounds; 32 bytes or more, the same on every
   * node. Default: random, so that such calls do not survive a restart.
   */
  readonly requestStateKey?: Uint8Array;
  /**
   * How clients of the revisions before 2026-07-28 are served. `sessions`: fully, with streams,
   * resuming and input while a call runs. `stateless`: request by request, for replicas without
   * affinity. `reject`: not at all. Default: `sessions`.
   */
  readonly legacy?: 'sessions' | 'stateless' | 'reject';
  /**
   * Whether requests that need nothing but an answer are answered from the compiled catalog without
   * the SDK's server, and on Fastify without Nest's router if that would run only guards. The
   * answers are the same, and several times faster. Default: true.
   */
  readonly fastPath?: boolean;
  /**
   * Concurrent streams of one person, across clients. All anonymous callers together have eight
   * times as many; one trusted address may use a quarter of those. One more is answered 429.
   * Default: 32.
   */
  readonly maxStreamsPerPrincipal?: number;
  /**
   * How long a running call may continue after the access of its caller is revoked, in
   * milliseconds. Streams are closed at once. Default: 5 000.
   */
  readonly revocationGraceMs?: number;
  /** Sessions of 2025-era clients. */
  readonly sessions?: McpSessionOptions;
  /** Tasks of tools with the option `task`. */
  readonly tasks?: McpTasksOptions;
  /** Limits of the input and the memory of callers. */
  readonly limits?: McpLimits;
  /**
   * Time limit of one call of a provider of the application (`McpTaskStore`, `McpEventStores`,
   * `MCP_EVENT_BUS`), in milliseconds. Default: 1 000.
   */
  readonly seamTimeoutMs?: number;
  /** Default limits of each tool. Default: no limit. */
  readonly toolLimits?: McpToolLimits;
  /**
   * How `input` and `output` are validated that are classes with the decorators of class-validator:
   * options of Nest's `ValidationPipe`, such as those of the global pipe of the application. Those
   * for the form of an HTTP error have no effect. Default: `{ transform: true, whitelist: true }`;
   * given options are added to it.
   */
  readonly validation?: ValidationPipeOptions;
}

export interface McpSessionOptions {
  /** A session without a request for this long is closed, in milliseconds. Default: 30 minutes. */
  readonly idleMs?: number;
  /**
   * Concurrent sessions; one more is answered 503. Anonymous callers share half of them; one
   * trusted address may use a quarter of that half. Default: 10 000.
   */
  readonly max?: number;
  /**
   * Concurrent sessions of one person, across clients; one more closes the least recently used one.
   * Default: 32.
   */
  readonly maxPerPrincipal?: number;
}

/** Options that shape the module itself, known before any provider exists. */
export interface McpModuleExtras {
  /** Path of the endpoint, below a global prefix of the application. Default: `mcp`. */
  readonly path?: string;
  /**
   * Classes of the guards that authenticate the endpoint. Each must be a provider of an imported
   * module, or the boot stops. It also stops if there are protected entries and neither this option
   * nor a global guard: write `[]` where middleware authenticates.
   */
  readonly guards?: readonly McpGuard[] | undefined;
  /**
   * Modules whose own providers make up the catalog, for an application with several servers. A
   * module that the application does not import stops the boot. Default: all modules.
   */
  readonly include?: readonly Type[] | undefined;
  /** Makes the module global. Default: false. */
  readonly isGlobal?: boolean;
}

/** Values of the option `signIn`. */
export const SIGN_IN_OPTIONS = ['auto', 'connect', 'offer', 'call'] as const;

export type SignInOption = (typeof SIGN_IN_OPTIONS)[number];

/** How an endpoint asks anonymous callers to sign in. `none`: not at all, no entry is protected. */
export type SignInMode = Exclude<SignInOption, 'auto'> | 'none';

/** The class of a guard, as a provider token. */
export type McpGuard = Type<CanActivate>;

/** The options with every default filled in. */
export interface ResolvedMcpOptions {
  readonly serverInfo: {
    readonly name: string;
    readonly version: string;
    readonly title?: string;
    readonly websiteUrl?: string;
    readonly icons?: Icon[];
  };
  readonly serverCard: McpServerCardOptions | undefined;
  readonly instructions: string | undefined;
  readonly allowedHosts: readonly string[] | undefined;
  readonly allowedOrigins: readonly string[];
  readonly signIn: SignInOption;
  /** In lower case. */
  readonly challengeInResult: readonly string[];
  readonly exclude: readonly string[];
  readonly dynamic: boolean;
  readonly pageSize: number;
  readonly requestStateKey: Uint8Array | undefined;
  readonly legacy: 'sessions' | 'stateless' | 'reject';
  readonly fastPath: boolean;
  readonly maxStreamsPerPrincipal: number;
  readonly revocationGraceMs: number;
  readonly seamTimeoutMs: number;
  readonly sessions: Required<McpSessionOptions>;
  readonly tasks: ResolvedMcpTasksOptions;
  readonly toolLimits: ResolvedToolLimits;
  readonly validation: ValidationPipeOptions;
  readonly limits: ResolvedMcpLimits;
}

/**
 * Fills in the defaults.
 *
 * @throws {McpConfigurationError} a limit is not a whole number, or too small
 */
export function resolveMcpOptions(options: McpModuleOptions): ResolvedMcpOptions {
  const { name, version, title, websiteUrl, icons, sessions = {} } = options;
  return {
    serverInfo: {
      name,
      version,
      ...(title !== undefined && { title }),
      ...(websiteUrl !== undefined && { websiteUrl }),
      ...(icons && { icons: [...icons] }),
    },
    serverCard: options.serverCard,
    instructions: options.instructions,
    allowedHosts: options.allowedHosts,
    allowedOrigins: options.allowedOrigins ?? [],
    signIn: options.signIn ?? 'auto',
    challengeInResult: (options.challengeInResult ?? OPENAI_CLIENTS).map((part) =>
      part.toLowerCase(),
    ),
    exclude: options.exclude ?? [],
    dynamic: options.dynamic ?? false,
    pageSize: positive('pageSize', options.pageSize ?? 100),
    requestStateKey: options.requestStateKey,
    legacy: options.legacy ?? 'sessions',
    fastPath: options.fastPath ?? true,
    maxStreamsPerPrincipal: positive(
      'maxStreamsPerPrincipal',
      options.maxStreamsPerPrincipal ?? 32,
    ),
    revocationGraceMs: positive('revocationGraceMs', options.revocationGraceMs ?? 5_000, 0),
    seamTimeoutMs: positive('seamTimeoutMs', options.seamTimeoutMs ?? SEAM_TIMEOUT_MS),
    tasks: tasksFor(options.tasks),
    toolLimits: limitsForAll(options.toolLimits),
    validation: { transform: true, whitelist: true, ...options.validation },
    limits: resolveMcpLimits(options.limits),
    sessions: {
      idleMs: positive('sessions.idleMs', sessions.idleMs ?? 30 * 60_000),
      max: positive('sessions.max', sessions.max ?? 10_000),
      maxPerPrincipal: positive('sessions.maxPerPrincipal', sessions.maxPerPrincipal ?? 32),
    },
  };
}

const OPENAI_CLIENTS = ['openai-mcp', 'chatgpt'];

function tasksFor(options: McpTasksOptions | undefined): ResolvedMcpTasksOptions {
  const tasks = resolveTasksOptions(options);
  for (const name of ['maxBytes', 'maxBytesPerPrincipal'] as const) {
    positive(`tasks.${name}`, tasks[name]);
  }
  return tasks;
}

function limitsForAll(toolLimits: McpToolLimits | undefined): ResolvedToolLimits {
  const limits = resolveToolLimits(toolLimits);
  const problem = problemOfLimits(limits);
  if (problem === undefined) return limits;
  throw new McpConfigurationError(`toolLimits.${problem}`);
}

function positive(name: string, value: number, min = 1): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new McpConfigurationError(`${name} is ${value}. Use a whole number of ${min} or more.`);
}
