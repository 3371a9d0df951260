import { Module } from '@nestjs/common';
import { ClerkAuthGuard, ClerkAuthModule, McpModule } from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { EchoTools } from './echo-tools.js';
import { serveNest, serveNestOnExpress } from './serve-nest.js';

const settings = readSettings();
const options = process.argv.slice(2);

@Module({
  imports: [
    ClerkAuthModule.forRoot({
      ...clerkOptions(settings),
      // Else the key is fetched with the first token.
      jwtKey: options.includes('key') ? settings.jwtKey : undefined,
    }),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [EchoTools],
})
class BenchModule {}

await (options.includes('express') ? serveNestOnExpress(BenchModule) : serveNest(BenchModule));
