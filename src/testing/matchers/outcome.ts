import { ProtocolError } from '@modelcontextprotocol/client';
import { McpRefusedError } from '../testing.errors.js';
import { ToolResult } from '../caller/results.js';
import { z } from 'zod';

/**
 * Awaits the value that a matcher received: a pending call, its result or error, a function that makes the
 * call, or an HTTP response.
 */
export async function outcomeOf(received: unknown): Promise<Outcome> {
  try {
    return await toOutcome(await (typeof received === 'function' ? received() : received));
  } catch (error) {
    if (error instanceof McpRefusedError || error instanceof ProtocolError) return toOutcome(error);
    // Not an answer of the server: the test fails with the original error.
    throw error;
  }
}

/** Describes an outcome in the message of a matcher. */
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

/** Outcome of a call. */
export type Outcome =
  | { readonly kind: 'refused'; readonly refusal: McpRefusedError }
  | { readonly kind: 'tool'; readonly result: ToolResult }
  | { readonly kind: 'protocol'; readonly error: ProtocolError }
  | { readonly kind: 'value' };

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

/** The required reverification, from the body of a refusal or from a tool result. */
export function reverificationIn(outcome: Outcome): unknown {
  const bodies: readonly unknown[] =
    outcome.kind === 'refused'
      ? [outcome.refusal.body]
      : textsOf(outcome).map((text): unknown => parse(text));
  const found = bodies.flatMap((body) => ClerkError.safeParse(body).data ?? []);
  return found[0]?.clerk_error.metadata.reverification;
}

/** Body that `reverificationError()` of Clerk's SDK creates. */
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
