// test/override.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AppModule } from '../src/app.module.js';
import { Mailer } from '../src/mailer.js';

const mailer = { send: vi.fn(async () => undefined) };

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({
    imports: [AppModule],
    override: (builder) => builder.overrideProvider(Mailer).useValue(mailer),
  });
});
afterAll(() => mcp.close());

it('mails the note to the caller', async () => {
  const ada = await mcp.as({ email: 'ada@example.com' });
  await expect(ada.callTool('mail', { text: 'Hi' })).toHaveToolOutput('Sent');
  expect(mailer.send).toHaveBeenCalledWith('ada@example.com', 'Hi');
  expect(mcp.get(Mailer)).toBe(mailer);
});
