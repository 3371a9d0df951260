/** How long and how often a tool may run, in `@McpTool({ limits })`, or for all in `toolLimits`. */
export interface McpToolLimits {
  /**
   * Longest time that a call may take, in milliseconds, guards and interceptors included. Then its
   * `signal` aborts and the caller gets an error. Default: `Infinity`.
   */
  readonly timeoutMs?: number;
  /** Calls of the tool that run at a time, in this process. Default: `Infinity`. */
  readonly maxConcurrent?: number;
  /** The same for one caller: a subject, or an address where nobody is signed in. Default: `Infinity`. */
  readonly maxConcurrentPerPrincipal?: number;
}

/** The limits with every default filled in. */
export type ResolvedToolLimits = Readonly<Required<McpToolLimits>>;

/** The limits of a tool: its own, else those for all. */
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

/** What is wrong with these limits; `undefined` where nothing is. */
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

/** What a timer of Node can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
