/**
 * Who sees a protected entry in the lists of a server that mixes public and protected entries (sign-in
 * mode `offer`). `offered`: anonymous callers, too, so that their client can ask them to sign in.
 * `callable`: only callers who may use it.
 */
export type McpListed = 'offered' | 'callable';

/** The problem with this option; `undefined` if it is valid. */
export function problemOfListed(listed: unknown): string | undefined {
  if (listed === undefined || listed === 'offered' || listed === 'callable') return undefined;
  return `listed is ${JSON.stringify(listed)}. Use one of 'offered', 'callable'.`;
}
