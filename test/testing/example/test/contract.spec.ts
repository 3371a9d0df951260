// test/contract.spec.ts
import { contractText, createMcpTest } from 'nestjs-clerk-mcp/testing';
import { expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

it('matches the reviewed contract', async () => {
  await using mcp = await createMcpTest({ imports: [AppModule] });
  await expect(contractText(mcp.contract())).toMatchFileSnapshot('./mcp.contract.json');
});
