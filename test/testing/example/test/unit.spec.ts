// test/unit.spec.ts
import { ClerkContext, type Principal } from 'nestjs-clerk-mcp';
import { createMcpTest } from 'nestjs-clerk-mcp/testing';
import { expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';
import { NotesTools } from '../src/notes.tools.js';

it('runs a method as a user, without guards and schemas', async () => {
  await using mcp = await createMcpTest({ imports: [AppModule] });
  const principal: Principal = {
    tokenType: 'oauth_token',
    issuer: mcp.clerk.url,
    subject: 'user_1',
    userId: 'user_1',
    organization: { id: 'org_1' },
    expiresAt: Infinity,
    claims: {},
  };
  const team = mcp.get(ClerkContext).run(principal, () => mcp.get(NotesTools).team());
  expect(team).toEqual({ id: 'org_1' });
});
