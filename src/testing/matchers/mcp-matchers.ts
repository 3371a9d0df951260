import { isDeepStrictEqual } from 'node:util';
import { McpCaller } from '../caller/mcp-caller.js';
import { isListedToCaller } from '../caller/results.js';
import { reverificationIn, describeOutcome, outcomeOf, type Outcome } from './outcome.js';

/**
 * Matchers for `expect.extend()` of vitest and jest. A matcher awaits the call and must be awaited itself:
 * `await expect(anonymous.callTool('me')).toBeUnauthenticated()`.
 */
export const mcpMatchers = {
  /** The caller must sign in: 401 with a challenge that names the protected resource metadata. */
  async toBeUnauthenticated(received: unknown, reason?: Expected): Promise<MatcherResult> {
    return check(received, `be unauthenticated${saying(reason)}`, (outcome) => {
      if (outcome.kind !== 'refused' || outcome.refusal.status !== 401) return false;
      const { challenge, reason: error, description } = outcome.refusal;
      return 'resource_metadata' in challenge && matches(reason, error, description);
    });
  },

  /** The token lacks scopes: 403, and the operation needs exactly these scopes, in any order. */
  async toRequireScopes(received: unknown, ...scopes: readonly string[]): Promise<MatcherResult> {
    return check(received, `require the scopes ${scopes.join(' ')}`, (outcome) => {
      if (outcome.kind !== 'refused' || outcome.refusal.status !== 403) return false;
      const { challenge, scopes: named } = outcome.refusal;
      return challenge['error'] === 'insufficient_scope' && isSameSet(named, scopes);
    });
  },

  /** The caller may not use the entry, and the entry is not listed to the caller. */
  async toBeForbidden(received: unknown, reason?: Expected): Promise<MatcherResult> {
    return check(received, `be forbidden${saying(reason)}`, async (outcome) => {
      switch (outcome.kind) {
        case 'refused': {
          const { status, challenge, description } = outcome.refusal;
          if (status !== 403 || challenge['error'] === 'insufficient_scope') return false;
          return matches(reason, description);
        }
        case 'tool': {
          const { result } = outcome;
          return (
            result.isError &&
            matches(reason, result.text) &&
            (await isListedToCaller(result)) === false
          );
        }
        case 'protocol':
          return (
            matches(reason, outcome.error.message) &&
            (await isListedToCaller(outcome.error)) === false
          );
        case 'value':
          return false;
      }
    });
  },

  /** The user must verify again (`@RequireReverification()`), in the form that Clerk's components read. */
  async toRequireReverification(received: unknown, level?: unknown): Promise<MatcherResult> {
    const claim = `require reverification${level === undefined ? '' : ` ${JSON.stringify(level)}`}`;
    return check(received, claim, (outcome) => {
      const required = reverificationIn(outcome);
      return required !== undefined && (level === undefined || isDeepStrictEqual(required, level));
    });
  },

  /** Clerk cannot be reached: 503 with `Retry-After`. */
  async toBeUnavailable(received: unknown): Promise<MatcherResult> {
    return check(received, 'be unavailable', (outcome) => hasStatus(outcome, 503));
  },

  /** The caller is over a rate limit: 429 with `Retry-After`. */
  async toBeRateLimited(received: unknown): Promise<MatcherResult> {
    return check(received, 'be rate-limited', (outcome) => hasStatus(outcome, 429));
  },

  /** The result is a tool error. */
  async toHaveToolError(received: unknown, text?: Expected): Promise<MatcherResult> {
    return check(received, `have a tool error${saying(text)}`, (outcome) => {
      if (outcome.kind !== 'tool' || !outcome.result.isError) return false;
      return matches(text, outcome.result.text);
    });
  },

  /** The output of the tool, its structured content or else its text, equals this value. */
  async toHaveToolOutput(
    this: MatcherContext,
    received: unknown,
    expected: unknown,
  ): Promise<MatcherResult> {
    return check(received, `have the output ${JSON.stringify(expected)}`, (outcome) => {
      if (outcome.kind !== 'tool' || outcome.result.isError) return false;
      return this.equals(outcome.result.output, expected);
    });
  },

  /** The server answered with a JSON-RPC error, such as -32602 for an unknown tool. */
  async toHaveProtocolError(
    received: unknown,
    code: number,
    message?: Expected,
  ): Promise<MatcherResult> {
    return check(received, `have the protocol error ${code}${saying(message)}`, (outcome) => {
      if (outcome.kind !== 'protocol') return false;
      return outcome.error.code === code && matches(message, outcome.error.message);
    });
  },

  /** Exactly these tools are listed to the caller, in any order. */
  async toSeeTools(received: unknown, ...names: readonly string[]): Promise<MatcherResult> {
    if (!(received instanceof McpCaller)) {
      throw new TypeError('toSeeTools() takes a caller. Pass one, such as test.anonymous().');
    }
    const seen = (await received.listTools()).map(({ name }) => name);
    const pass = isSameSet(seen, names);
    return matcherResult(pass, `see the tools ${names.join(', ')}`, `It sees: ${seen.join(', ')}.`);
  },
};

/** Result of a matcher. */
interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The `this` of a matcher in vitest and jest. */
interface MatcherContext {
  readonly equals: (one: unknown, other: unknown) => boolean;
}

/** A text that must be equal, or a pattern that must match. */
export type Expected = string | RegExp;

async function check(
  received: unknown,
  claim: string,
  holds: (outcome: Outcome) => boolean | Promise<boolean>,
): Promise<MatcherResult> {
  const outcome = await outcomeOf(received);
  return matcherResult(await holds(outcome), claim, describeOutcome(outcome));
}

function matcherResult(pass: boolean, claim: string, found: string): MatcherResult {
  return { pass, message: () => `Expected it ${pass ? 'not to' : 'to'} ${claim}. ${found}` };
}

function hasStatus(outcome: Outcome, status: number): boolean {
  if (outcome.kind !== 'refused' || outcome.refusal.status !== status) return false;
  return outcome.refusal.headers.has('retry-after');
}

function matches(
  expected: Expected | undefined,
  ...found: readonly (string | undefined)[]
): boolean {
  if (expected === undefined) return true;
  return found.some((text) =>
    typeof expected === 'string' ? text === expected : text !== undefined && expected.test(text),
  );
}

function saying(expected: Expected | undefined): string {
  return expected === undefined ? '' : `, saying ${String(expected)}`;
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  const [left, right] = [new Set(one), new Set(other)];
  return left.size === right.size && [...left].every((item) => right.has(item));
}
