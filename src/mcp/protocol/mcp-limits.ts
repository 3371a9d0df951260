import { McpConfigurationError } from '../mcp.errors.js';

/**
 * Limits of one message, one session and one stream of an endpoint. Those of a message are checked
 * before anything else uses it.
 */
export interface McpLimits {
  /** Levels of lists and objects in a body. One more is -32600. Default: 100. */
  readonly nesting?: number;
  /** Values in a body: members, items, lists and objects. One more is -32600. Default: 250,000. */
  readonly values?: number;
  /** Members of all objects in a body. One more is -32600. Default: 50,000. */
  readonly members?: number;
  /**
   * Members of a message, of its params, of `_meta` and of the arguments of a prompt. One more is
   * -32600 for a message and -32602 for the others. Default: 256.
   */
  readonly params?: number;
  /** Messages in a batch. One more is -32600. Default: 100. */
  readonly batch?: number;
  /**
   * Characters of the name of a tool, prompt, argument or method. One more is -32602. Default: 256.
   */
  readonly nameLength?: number;
  /** Characters of a URI. One more is -32602. Default: 8,192. */
  readonly uriLength?: number;
  /**
   * Characters of a request id, a progress token or a task id. One more is an error. Default: 256.
   */
  readonly idLength?: number;
  /** Bytes of JSON of `clientInfo`. One more is -32602. Default: 4,096. */
  readonly clientInfoBytes?: number;
  /** Bytes of JSON of the capabilities of a client. One more is -32602. Default: 16,384. */
  readonly capabilitiesBytes?: number;
  /**
   * Resources that one session or one stream is subscribed to. One more is -32602. Default: 1,000.
   */
  readonly subscriptionUris?: number;
  /**
   * Characters of all URIs of one session or one stream, or of one batch. One more is -32602, for a
   * batch -32600. Default: 131,072.
   */
  readonly subscriptionLength?: number;
  /** Tasks that one stream watches. One more is -32602. Default: 100. */
  readonly watchedTasks?: number;
  /** Unread bytes of a stream after which it is closed. Default: 1 MiB. */
  readonly unreadBytes?: number;
  /** Milliseconds without a read after which an unread answer is cut. Default: 30,000. */
  readonly unreadMs?: number;
  /** Milliseconds within which a body must be received, or the answer is 408. Default: 30,000. */
  readonly bodyMs?: number;
  /** Events of one session that are kept for a client that resumes a stream. Default: 100. */
  readonly sessionEvents?: number;
  /** Characters of JSON of these events. Default: 1,000,000. */
  readonly sessionEventLength?: number;
  /**
   * Bytes that all endpoints of the process may keep for their callers: bodies, unread answers,
   * sessions, stored events, pages. Of several values the smallest applies. Default: 40 % of the
   * heap limit of Node.
   */
  readonly memoryBytes?: number;
}

/** {@link McpLimits} with every default filled in. */
export type ResolvedMcpLimits = Required<Omit<McpLimits, 'memoryBytes'>> &
  Pick<McpLimits, 'memoryBytes'>;

/** The defaults of {@link McpLimits}. */
export const DEFAULT_MCP_LIMITS: ResolvedMcpLimits = {
  nesting: 100,
  values: 250_000,
  members: 50_000,
  params: 256,
  batch: 100,
  nameLength: 256,
  uriLength: 8_192,
  idLength: 256,
  clientInfoBytes: 4_096,
  capabilitiesBytes: 16_384,
  subscriptionUris: 1_000,
  subscriptionLength: 131_072,
  watchedTasks: 100,
  unreadBytes: 1_048_576,
  unreadMs: 30_000,
  bodyMs: 30_000,
  sessionEvents: 100,
  sessionEventLength: 1_000_000,
};

/** Longest cursor of a list, in bytes. */
export const MAX_CURSOR_BYTES = 512;

/** Largest `_meta` of a request that opens a stream, in bytes of JSON. */
export const MAX_META_BYTES = 65_536;

/** Parts of {@link McpLimits.memoryBytes}. */
export const MEMORY_SHARES = {
  /** Bodies that are being received, or whose request is being served. */
  bodies: 0.3,
  /** Answers that are not being read. */
  answers: 0.3,
  /** Sessions, with the descriptions and subscriptions of their clients. */
  sessions: 0.2,
  /** Events that are kept for clients that resume a stream. */
  events: 0.1,
  /** Pages of lists. */
  pages: 0.1,
} as const;

/** @throws {McpConfigurationError} a limit that is not a whole number above 0 */
export function resolveMcpLimits(limits: McpLimits = {}): ResolvedMcpLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in DEFAULT_MCP_LIMITS) && name !== 'memoryBytes') {
      const known = [...Object.keys(DEFAULT_MCP_LIMITS), 'memoryBytes'].join(', ');
      throw new McpConfigurationError(`limits.${name} is unknown. Use one of: ${known}.`);
    }
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new McpConfigurationError(
      `limits.${name} is ${String(value)}. Use a whole number above 0.`,
    );
  }
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_MCP_LIMITS, ...Object.fromEntries(given) };
}
