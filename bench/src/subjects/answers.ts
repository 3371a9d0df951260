import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  McpCompletion,
  McpModule,
  McpPrompt,
  McpResource,
  McpTool,
  RequireScopes,
} from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { serveNest } from './serve-nest.js';

/** One entry of each kind, to measure what is answered besides the call of a tool. */
@Injectable()
class Entries {
  @McpTool({ description: ECHO_DESCRIPTION, input: EchoInput, output: Echo })
  echo({ message }: z.infer<typeof EchoInput>): Echo {
    return { message, timestamp: new Date().toISOString(), userId: 'nobody' };
  }

  @McpTool({ description: 'Needs a scope that no caller has.' })
  @RequireScopes('notes:write')
  write(): string {
    return 'written';
  }

  @McpResource({ uri: 'note://one', description: 'A note.' })
  note(): string {
    return 'A note of some length, as notes are.';
  }

  @McpPrompt({
    description: 'Asks for a review.',
    input: z.object({ code: z.string() }),
  })
  review({ code }: { code: string }): string {
    return `Review this code: ${code}`;
  }

  @McpCompletion({ prompt: 'review', argument: 'code' })
  completeCode(): string[] {
    return ['one', 'two', 'three'];
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot({
      ...clerkOptions(readSettings()),
      // Bad tokens are counted as in production, and the limit is never reached.
      limits: { failuresPerAddress: 1_000_000_000 },
    }),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [Entries],
})
class BenchModule {}

await serveNest(BenchModule);
