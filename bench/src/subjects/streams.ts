import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  McpModule,
  McpNotifier,
  McpResource,
  McpTool,
  type McpContext,
} from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { serveNest } from './serve-nest.js';

/** A resource that changes once a second, and a tool that reports progress as often as it is asked to. */
@Injectable()
class Clock implements OnApplicationBootstrap {
  constructor(private readonly notifier: McpNotifier) {}

  onApplicationBootstrap(): void {
    setInterval(() => this.notifier.resourceUpdated('clock://now'), 1_000);
  }

  @McpResource({ uri: 'clock://now' })
  now(): string {
    return new Date().toISOString();
  }

  @McpTool({ description: 'Counts', input: z.object({ steps: z.number().int() }) })
  async count({ steps }: { steps: number }, context: McpContext): Promise<string> {
    for (let step = 1; step <= steps; step += 1) await context.progress(step, steps);
    return `${steps}`;
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot(clerkOptions(readSettings())),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [Clock],
})
class BenchModule {}

await serveNest(BenchModule);
