import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { onTestFinished } from 'vitest';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import type { FakeClerk } from '../clerk/support/fake-clerk.js';
import { LogLines } from '../mcp/log-lines.js';
import { createAdapter, type AdapterName } from '../support/adapters.js';

export interface ClerkHost {
  readonly app: INestApplication;
  /** Origin that the application listens at. */
  readonly origin: string;
  readonly log: LogLines;
}

export interface ClerkHostOptions extends ModuleMetadata {
  /** Modules of the host that come before ours. */
  readonly before?: ModuleMetadata['imports'];
  /** In place of both modules of ours. */
  readonly ours?: ModuleMetadata['imports'];
  readonly configure?: (app: INestApplication) => unknown;
}

/** An application of somebody else with both modules in it, closed when the running test ends. */
export async function clerkHost(
  adapter: AdapterName,
  clerk: FakeClerk,
  { before = [], ours, configure, ...parts }: ClerkHostOptions,
): Promise<ClerkHost> {
  const log = new LogLines();
  const modules = ours ?? [
    ClerkAuthModule.forRoot(clerk.options()),
    McpModule.forRoot({ name: 'host', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ];
  const module = await Test.createTestingModule({
    ...parts,
    imports: [...before, ...modules, ...(parts.imports ?? [])],
  })
    .setLogger(log)
    .compile();
  const app = module.createNestApplication(createAdapter(adapter), {
    logger: log,
    forceCloseConnections: true,
  });
  onTestFinished(() => app.close());
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, origin: await app.getUrl(), log };
}
