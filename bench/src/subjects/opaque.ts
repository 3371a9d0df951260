import { Module } from '@nestjs/common';
import { readSettings } from '../settings.js';
import { serveNest } from './serve-nest.js';
import { stubClerk } from './stub-clerk.js';

const settings = readSettings();
// Before Clerk's SDK is loaded, which keeps the `fetch` that it finds.
stubClerk(`${settings.baseURL}/mcp`);
const { ClerkAuthGuard, ClerkAuthModule, McpModule } = await import('../../../dist/index.js');
const { clerkOptions } = await import('./clerk-options.js');
const { EchoTools } = await import('./echo-tools.js');

/** The bench module, to which Clerk says at once that an opaque token is valid. */
@Module({
  imports: [
    ClerkAuthModule.forRoot({
      ...clerkOptions(settings),
      // So many arrive at once here, and wait for nobody.
      limits: { maxConcurrentVerifications: 1_000 },
    }),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [EchoTools],
})
class BenchModule {}

await serveNest(BenchModule);
