import { Injectable, Module } from '@nestjs/common';
import type { z } from 'zod';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  McpModule,
  McpTool,
} from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { serveNest } from './serve-nest.js';

const settings = readSettings();

@Injectable()
class EchoTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: ECHO_DESCRIPTION, input: EchoInput, output: Echo })
  echo({ message }: z.infer<typeof EchoInput>): Echo {
    const { userId = '' } = this.clerk.principal ?? {};
    return { message, timestamp: new Date().toISOString(), userId };
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot({
      ...clerkOptions(settings),
      // Else the key is fetched with the first token.
      jwtKey: process.argv[2] === 'key' ? settings.jwtKey : undefined,
    }),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [EchoTools],
})
class BenchModule {}

await serveNest(BenchModule);
