// test/contract-without-runner.spec.ts
import { checkContract, createMcpTest } from 'nestjs-clerk-mcp/testing';
import { it } from 'vitest';
import { AppModule } from '../src/app.module.js';

it('matches the reviewed contract', async () => {
  await using mcp = await createMcpTest({ imports: [AppModule] });
  const update = process.argv.includes('--update-contract');
  await checkContract(mcp.contract(), new URL('./mcp.contract.json', import.meta.url), { update });
});
