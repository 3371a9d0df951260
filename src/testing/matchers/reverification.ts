import { z } from 'zod';
import type { Outcome } from './outcome.js';

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
