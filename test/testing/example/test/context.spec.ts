// test/context.spec.ts
import type { ClerkContext } from 'nestjs-clerk-mcp';
import { createMcpContext } from 'nestjs-clerk-mcp/testing';
import { expect, it } from 'vitest';
import { Mailer } from '../src/mailer.js';
import { NotesTools } from '../src/notes.tools.js';

// `clear()` does not use its dependencies.
const tools = new NotesTools({} as ClerkContext, new Mailer());

it('asks before it deletes', async () => {
  const mcp = createMcpContext();
  expect(await tools.clear({}, mcp.context)).toMatchObject({ resultType: 'input_required' });
  expect(mcp.asked).toMatchObject([{ key: 'sure', form: { message: 'Delete all?' } }]);
});

it.each([
  [{ sure: true }, 'Deleted'],
  [{ sure: false }, 'Kept'],
  ['decline', 'decline'],
] as const)('handles the answer of the user: %j', async (answer, outcome) => {
  const { context } = createMcpContext({ answers: { sure: answer } });
  expect(await tools.clear({}, context)).toBe(outcome);
});
