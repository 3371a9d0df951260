/**
 * What one message, one session and one stream of an endpoint may hold. Each is checked before anything
 * else looks at the message.
 */
export interface McpLimits {
  /** Levels of lists and objects in a body. One more is -32600. Default: 100. */
  readonly nesting?: number;
  /** Values in a body: members, items, lists and objects. One more is -32600. Default: 250,000. */
  readonly values?: number;
  /** Members of all objects in a body. One more is -32600. Default: 50,000. */
  readonly members?: number;
  /**
   * Members of a message, of its params, of `_meta` and of the arguments of a prompt. One more is -32600
   * for a message and -32602 for the others. Default: 256.
   */
  readonly params?: number;
  /** Messages in a batch. One more is -32600. Default: 100. */
  readonly batch?: number;
  /** Characters of a name: of a tool, a prompt, an argument, a method. One more is -32602. Default: 256. */
  readonly nameLength?: number;
  /** Characters of a URI. One more is -32602. Default: 8,192. */
  readonly uriLength?: number;
  /** Characters of a request id, a progress token or a task id. One more is an error. Default: 256. */
  readonly idLength?: number;
  /** Bytes of JSON of what a client says of itself (`clientInfo`). One more is -32602. Default: 4,096. */
  readonly clientInfoBytes?: number;
  /** Bytes of JSON of the capabilities of a client. One more is -32602. Default: 16,384. */
  readonly capabilitiesBytes?: number;
  /** Resources that one session or one stream is subscribed to. One more is -32602. Default: 1,000. */
  readonly subscriptionUris?: number;
  /**
   * Characters of all URIs of one session or one stream, or of one batch. One more is -32602, for a
   * batch -32600. Default: 131,072.
   */
  readonly subscriptionLength?: number;
  /** Tasks that one stream watches. One more is -32602. Default: 100. */
  readonly watchedTasks?: number;
  /** Bytes that a stream may hold for a client that does not read; then it is closed. Default: 1 MiB. */
  readonly unreadBytes?: number;
  /** Milliseconds in which a client must read some of an answer, before it is cut. Default: 30,000. */
  readonly unreadMs?: number;
  /** Milliseconds in which a body must have come, before its request is answered 408. Default: 30,000. */
  readonly bodyMs?: number;
  /** Events of one session that are kept for a client that resumes a stream. Default: 100. */
  readonly sessionEvents?: number;
  /** Characters of JSON of the same. Default: 1,000,000. */
  readonly sessionEventLength?: number;
  /**
   * Bytes that the endpoints of the process keep for their callers: bodies, unread answers,
   * sessions, stored events, pages. Of several endpoints with this option the smallest holds. Default: 40 % of the heap limit of Node.
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
  /** Sessions, with what their clients say of themselves and subscribe to. */
  sessions: 0.2,
  /** Events that are kept for clients that resume a stream. */
  events: 0.1,
  /** Pages of lists. */
  pages: 0.1,
} as const;

/** @throws {RangeError} a limit that is not a whole number above 0 */
export function resolveMcpLimits(limits: McpLimits = {}): ResolvedMcpLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in DEFAULT_MCP_LIMITS) && name !== 'memoryBytes') {
      const known = [...Object.keys(DEFAULT_MCP_LIMITS), 'memoryBytes'].join(', ');
      throw new RangeError(`McpModule: limits.${name} is unknown. Use one of: ${known}.`);
    }
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new RangeError(
      `McpModule: limits.${name} is ${String(value)}. Use a whole number above 0.`,
    );
  }
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_MCP_LIMITS, ...Object.fromEntries(given) };
}
