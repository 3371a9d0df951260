import { ConsoleLogger, Injectable, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { z } from 'zod';
import {
  AuditModule,
  ClerkAuthGuard,
  ClerkAuthModule,
  LimitsModule,
  McpCompletion,
  McpModule,
  McpPrompt,
  McpResource,
  McpTool,
  PrincipalThrottlerGuard,
  RequireScopes,
} from '../../../dist/index.js';
import type { CompletionInput } from '../../../dist/extend.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { EchoTools } from './echo-tools.js';
import { serveNest } from './serve-nest.js';

const LANGUAGES = ['python', 'typescript'];

/** One entry of each kind. */
@Injectable()
class Entries {
  @McpResource({ uri: 'notes://today', mimeType: 'text/markdown' })
  note(): string {
    return NOTE;
  }

  @McpPrompt({
    description: 'Reviews code',
    input: z.object({ code: z.string(), language: z.string().default('typescript') }),
  })
  review({ code, language }: { code: string; language: string }): string {
    return `Review this ${language}:\n\n${code}`;
  }

  @McpCompletion({ prompt: 'review', argument: 'language' })
  languages({ value }: CompletionInput): string[] {
    return LANGUAGES.filter((language) => language.startsWith(value));
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Writes a note', input: z.object({ text: z.string() }) })
  write({ text }: { text: string }): string {
    return text;
  }
}

const NOTE = `# Today\n\n${'Milk, bread and butter. '.repeat(12)}`;
/** Counted as in production, and never reached. */
const MANY = 1_000_000_000;

/** The module with the limits and the audit of the service, and one entry of each kind. */
@Module({
  imports: [
    AuditModule.forRoot({ log: 'refusals' }),
    ClerkAuthModule.forRoot({
      ...clerkOptions(readSettings()),
      limits: { failuresPerAddress: MANY },
    }),
    LimitsModule.forRoot({ principal: { limit: MANY, ttlMs: 60_000 } }),
    McpModule.forRoot({
      name: 'bench',
      version: '1.0.0',
      guards: [ClerkAuthGuard, PrincipalThrottlerGuard],
    }),
  ],
  providers: [EchoTools, Entries, { provide: APP_GUARD, useExisting: PrincipalThrottlerGuard }],
})
class BenchModule {}

await serveNest(BenchModule, async (app) => {
  // As the service does in production.
  app.useLogger(new ConsoleLogger({ json: true, logLevels: ['log'] }));
});
