// test/own-app.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { Test } from '@nestjs/testing';
import { ExpressAdapter } from '@nestjs/platform-express';
import { createMcpTest, startTestEmulator, useTestEmulator } from 'nestjs-clerk-mcp/testing';
import { expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

it('accepts a builder', async () => {
  const builder = Test.createTestingModule({ imports: [AppModule] });
  await using mcp = await createMcpTest({ builder });
  await expect(mcp.anonymous().callTool('about')).toHaveToolOutput('Notes of your team');
});

it('runs on Express, set up as in main.ts', async () => {
  await using mcp = await createMcpTest({
    imports: [AppModule],
    adapter: new ExpressAdapter(),
    configure: (app) => app.setGlobalPrefix('api'),
  });
  const ada = await mcp.as();
  await expect(ada.callTool('me')).toHaveToolOutput({ email: 'ada@example.com' });
  expect(new URL(mcp.url).pathname).toBe('/api/mcp');
});

it('accepts a running application', async () => {
  await using clerk = await startTestEmulator();
  const builder = useTestEmulator(Test.createTestingModule({ imports: [AppModule] }), clerk);
  const app = (await builder.compile()).createNestApplication();
  await app.listen(0, '127.0.0.1');

  const mcp = await createMcpTest({ app, clerk });
  const ada = await mcp.as();
  await expect(ada.callTool('me')).toHaveToolOutput({ email: 'ada@example.com' });
  await mcp.close();
  await app.close();
});
