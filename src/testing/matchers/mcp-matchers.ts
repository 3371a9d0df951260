import { isDeepStrictEqual } from 'node:util';
import { McpCaller } from '../caller/mcp-caller.js';
import { isListedToCaller } from '../caller/results.js';
import { reverificationIn, describeOutcome, outcomeOf, type Outcome } from './outcome.js';

/** What a matcher says. */
export interface MatcherVerdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What `expect.extend()` of vitest and of jest gives a matcher as `this`. */
export interface MatcherContext {
  readonly equals: (one: unknown, other: unknown) => boolean;
}

/** Text that must be equal, or a pattern. */
export type Expected = string | RegExp;

/**
 * Matchers for `expect.extend()` of vitest and jest. Each waits for the call by itself and is awaited:
 * `await expect(anonymous.callTool('me')).toBeUnauthenticated()`.
 */
export const mcpMatchers = {
  /** The caller must sign in: 401, with a challenge that leads to the authorization server. */
  async toBeUnauthenticated(received: unknown, reason?: Expected): Promise<MatcherVerdict> {
    return judge(received, `be unauthenticated${said(reason)}`, (outcome) => {
      if (outcome.kind !== 'refused' || outcome.refusal.status !== 401) return false;
      const { challenge, reason: error, description } = outcome.refusal;
      return 'resource_metadata' in challenge && fits(reason, error, description);
    });
  },

  /** The token lacks scopes: 403 with a challenge that names exactly these, in any order. */
  async toRequireScopes(received: unknown, ...scopes: readonly string[]): Promise<MatcherVerdict> {
    return judge(received, `require the scopes ${scopes.join(' ')}`, (outcome) => {
      if (outcome.kind !== 'refused' || outcome.refusal.status !== 403) return false;
      const { challenge, scopes: named } = outcome.refusal;
      return challenge['error'] === 'insufficient_scope' && isSameSet(named, scopes);
    });
  },

  /** The caller may not use this, whatever the token: it is not even listed. */
  async toBeForbidden(received: unknown, reason?: Expected): Promise<MatcherVerdict> {
    return judge(received, `be forbidden${said(reason)}`, async (outcome) => {
      switch (outcome.kind) {
        case 'refused': {
          const { status, challenge, description } = outcome.refusal;
          if (status !== 403 || challenge['error'] === 'insufficient_scope') return false;
          return fits(reason, description);
        }
        case 'tool': {
          const { result } = outcome;
          return (
            result.isError &&
            fits(reason, result.text) &&
            (await isListedToCaller(result)) === false
          );
        }
        case 'protocol':
          return (
            fits(reason, outcome.error.message) && (await isListedToCaller(outcome.error)) === false
          );
        case 'value':
          return false;
      }
    });
  },

  /** The user must verify once more (`@RequireReverification()`), as Clerk's components read it. */
  async toRequireReverification(received: unknown, level?: unknown): Promise<MatcherVerdict> {
    const claim = `require reverification${level === undefined ? '' : ` ${JSON.stringify(level)}`}`;
    return judge(received, claim, (outcome) => {
      const asked = reverificationIn(outcome);
      return asked !== undefined && (level === undefined || isDeepStrictEqual(asked, level));
    });
  },

  /** Clerk cannot be reached: 503 with `Retry-After`. */
  async toBeUnavailable(received: unknown): Promise<MatcherVerdict> {
    return judge(received, 'be unavailable', (outcome) => hasStatus(outcome, 503));
  },

  /** The caller has to slow down: 429 with `Retry-After`. */
  async toBeRateLimited(received: unknown): Promise<MatcherVerdict> {
    return judge(received, 'be rate-limited', (outcome) => hasStatus(outcome, 429));
  },

  /** The tool ran, or would have, and answered an error. */
  async toHaveToolError(received: unknown, text?: Expected): Promise<MatcherVerdict> {
    return judge(received, `have a tool error${said(text)}`, (outcome) => {
      if (outcome.kind !== 'tool' || !outcome.result.isError) return false;
      return fits(text, outcome.result.text);
    });
  },

  /** The tool answered this: its structured content, else its text. */
  async toHaveToolOutput(
    this: MatcherContext,
    received: unknown,
    expected: unknown,
  ): Promise<MatcherVerdict> {
    return judge(received, `have the output ${JSON.stringify(expected)}`, (outcome) => {
      if (outcome.kind !== 'tool' || outcome.result.isError) return false;
      return this.equals(outcome.result.output, expected);
    });
  },

  /** The server answered an error of JSON-RPC, such as -32602 for a tool that is not there. */
  async toHaveProtocolError(
    received: unknown,
    code: number,
    message?: Expected,
  ): Promise<MatcherVerdict> {
    return judge(received, `have the protocol error ${code}${said(message)}`, (outcome) => {
      if (outcome.kind !== 'protocol') return false;
      return outcome.error.code === code && fits(message, outcome.error.message);
    });
  },

  /** These tools are listed to a caller, and no others, in any order. */
  async toSeeTools(received: unknown, ...names: readonly string[]): Promise<MatcherVerdict> {
    if (!(received instanceof McpCaller)) {
      throw new TypeError('toSeeTools() is for a caller, such as test.anonymous().');
    }
    const seen = (await received.listTools()).map(({ name }) => name);
    const pass = isSameSet(seen, names);
    return verdict(pass, `see the tools ${names.join(', ')}`, `It sees: ${seen.join(', ')}.`);
  },
};

async function judge(
  received: unknown,
  claim: string,
  holds: (outcome: Outcome) => boolean | Promise<boolean>,
): Promise<MatcherVerdict> {
  const outcome = await outcomeOf(received);
  return verdict(await holds(outcome), claim, describeOutcome(outcome));
}

function verdict(pass: boolean, claim: string, found: string): MatcherVerdict {
  return { pass, message: () => `Expected it ${pass ? 'not to' : 'to'} ${claim}. ${found}` };
}

function hasStatus(outcome: Outcome, status: number): boolean {
  if (outcome.kind !== 'refused' || outcome.refusal.status !== status) return false;
  return outcome.refusal.headers.has('retry-after');
}

function fits(expected: Expected | undefined, ...found: readonly (string | undefined)[]): boolean {
  if (expected === undefined) return true;
  return found.some((text) =>
    typeof expected === 'string' ? text === expected : text !== undefined && expected.test(text),
  );
}

function said(expected: Expected | undefined): string {
  return expected === undefined ? '' : `, saying ${String(expected)}`;
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  const [left, right] = [new Set(one), new Set(other)];
  return left.size === right.size && [...left].every((item) => right.has(item));
}
