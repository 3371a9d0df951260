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
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { serveNest } from './serve-nest.js';

const { secretKey, publishableKey, issuer, baseURL, jwtKey } = readSettings();

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
      secretKey,
      publishableKey,
      clerkDomain: issuer,
      apiURL: issuer,
      baseURL,
      // Else the key is fetched with the first token.
      jwtKey: process.argv[2] === 'key' ? jwtKey : undefined,
    }),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [EchoTools],
})
class BenchModule {}

await serveNest(BenchModule);
