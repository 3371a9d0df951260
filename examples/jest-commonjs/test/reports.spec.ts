import { ExpressAdapter } from '@nestjs/platform-express';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { AppModule } from '../src/app.module';

const ORGANIZATION = 'analytical-engines';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule], adapter: new ExpressAdapter() });
}, 60_000);
afterAll(() => mcp.close());

it('sums up for an administrator', async () => {
  const ada = await mcp.as({ organization: ORGANIZATION, role: 'org:admin' });
  await expect(ada.callTool('sumUp', { year: 2026 })).toHaveToolOutput('2026 was a good year.');
});

it('refuses a member', async () => {
  const grace = await mcp.as({
    email: 'grace@example.com',
    organization: ORGANIZATION,
    role: 'org:member',
  });
  await expect(grace.callTool('sumUp', { year: 2026 })).toBeForbidden();
});
