import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import {
  McpCompletion,
  McpPrompt,
  McpResource,
  McpTool,
  RequireScopes,
} from '../../../dist/index.js';
import type { CompletionInput } from '../../../dist/extend.js';
import { serveSubject } from '../subject.js';
import { configureService } from './service-environment.js';

const LANGUAGES = ['python', 'typescript'];

/** What the service has no entry of. */
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

/** The service as shipped, with one entry of each kind. */
await serveSubject(async () => {
  const port = await configureService(process.argv.slice(2));
  // Both read the environment.
  const { AppModule } = await import('../../../dist/app/app.module.js');
  const { runHttp } = await import('../../../dist/app/app.http.js');

  @Module({ imports: [AppModule], providers: [Entries] })
  class BenchModule {}

  await runHttp(BenchModule);
  return { port };
});
