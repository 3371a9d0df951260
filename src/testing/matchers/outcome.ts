import { ProtocolError } from '@modelcontextprotocol/client';
import { McpRefusedError } from '../testing.errors.js';
import { ToolResult } from '../caller/results.js';
import { z } from 'zod';

/** What became of a call. */
export type Outcome =
  | { readonly kind: 'refused'; readonly refusal: McpRefusedError }
  | { readonly kind: 'tool'; readonly result: ToolResult }
  | { readonly kind: 'protocol'; readonly error: ProtocolError }
  | { readonly kind: 'value' };

/**
 * Waits for what a matcher was given: a call under way, what it gave or threw, a function that
 * calls, or the response to an HTTP request.
 */
export async function outcomeOf(received: unknown): Promise<Outcome> {
  try {
    return await toOutcome(await (typeof received === 'function' ? received() : received));
  } catch (error) {
    if (error instanceof McpRefusedError || error instanceof ProtocolError) return toOutcome(error);
    // Nothing that a server answers: the test has to see it as it is.
    throw error;
  }
}

/** The outcome in words, for messages. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'refused':
      return outcome.refusal.message;
    case 'tool':
      return outcome.result.isError
        ? `The tool answered an error: ${outcome.result.text}`
        : `The tool answered: ${outcome.result.text || JSON.stringify(outcome.result.content)}`;
    case 'protocol':
      return `The server answered the error ${outcome.error.code}: ${outcome.error.message}`;
    case 'value':
      return 'The call succeeded.';
  }
}

async function toOutcome(settled: unknown): Promise<Outcome> {
  if (settled instanceof McpRefusedError) return { kind: 'refused', refusal: settled };
  if (settled instanceof ProtocolError) return { kind: 'protocol', error: settled };
  if (settled instanceof ToolResult) return { kind: 'tool', result: settled };
  if (settled instanceof Response && settled.status >= 400) {
    return { kind: 'refused', refusal: await McpRefusedError.from(settled.clone()) };
  }
  if (settled instanceof Error) throw settled;
  return { kind: 'value' };
}

/** What the user must verify, where an outcome says so: as the body of a refusal, or in a result. */
export function reverificationIn(outcome: Outcome): unknown {
  const bodies: readonly unknown[] =
    outcome.kind === 'refused'
      ? [outcome.refusal.body]
      : textsOf(outcome).map((text): unknown => parse(text));
  const found = bodies.flatMap((body) => ClerkError.safeParse(body).data ?? []);
  return found[0]?.clerk_error.metadata.reverification;
}

/** `reverificationError()` of Clerk's SDK. */
const ClerkError = z.object({
  clerk_error: z.object({
    reason: z.literal('reverification-error'),
    metadata: z.object({ reverification: z.unknown() }),
  }),
});

function textsOf(outcome: Outcome): readonly string[] {
  if (outcome.kind !== 'tool' || !outcome.result.isError) return [];
  return outcome.result.content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
