/** Limits of a tool, in `@McpTool({ limits })`, or of all tools, in `toolLimits`. */
export interface McpToolLimits {
  /**
   * Time limit of a call in milliseconds, including guards and interceptors. Then its `signal`
   * aborts and the caller gets an error. Default: `Infinity`.
   */
  readonly timeoutMs?: number;
  /** Concurrent calls of the tool in this process. Default: `Infinity`. */
  readonly maxConcurrent?: number;
  /**
   * The same for one caller: a subject, or the address of an anonymous caller. Default: `Infinity`.
   */
  readonly maxConcurrentPerPrincipal?: number;
}

/** The limits with every default filled in. */
export type ResolvedToolLimits = Readonly<Required<McpToolLimits>>;

/** The limits of a tool: its own, with those of all tools as defaults. */
export function resolveToolLimits(
  own: McpToolLimits | undefined,
  forAll: McpToolLimits = {},
): ResolvedToolLimits {
  const limitOf = (name: keyof McpToolLimits): number => own?.[name] ?? forAll[name] ?? Infinity;
  return {
    timeoutMs: limitOf('timeoutMs'),
    maxConcurrent: limitOf('maxConcurrent'),
    maxConcurrentPerPrincipal: limitOf('maxConcurrentPerPrincipal'),
  };
}

/** The problem with these limits; `undefined` if they are valid. */
export function problemOfLimits(limits: ResolvedToolLimits): string | undefined {
  for (const [name, value] of Object.entries(limits)) {
    if (value === Infinity) continue;
    if (!Number.isSafeInteger(value) || value < 1) {
      return `${name} is ${value}. Use a whole number above 0, or Infinity.`;
    }
  }
  if (limits.timeoutMs > LONGEST_TIMER && limits.timeoutMs !== Infinity) {
    return `timeoutMs is ${limits.timeoutMs}. The longest is ${LONGEST_TIMER}, which is 24 days.`;
  }
  return undefined;
}

/** Longest delay of a timer of Node, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
