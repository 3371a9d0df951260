import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Authenticated, Public, RequireScopes } from '../../../src/access/access.decorators.js';
import {
  McpCompletion,
  McpPrompt,
  type CompletionInput,
} from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpResourceTemplate } from '../../../src/mcp/authoring/mcp-resource.decorator.js';

/** Prompts of every access rule, and completions for them. */
@Injectable()
@Public()
export class ServedPrompts {
  @McpPrompt({
    title: 'Code review',
    description: 'Reviews code',
    input: z.object({
      code: z.string().min(1).describe('What to review'),
      lines: z.coerce.number().int().optional(),
      language: z.string().default('typescript'),
    }),
    _meta: { kept: true },
  })
  review({
    code,
    lines,
    language,
  }: {
    code: string;
    lines?: number | undefined;
    language: string;
  }) {
    return `${language} ${typeof lines} ${code}`;
  }

  @McpPrompt({
    description: 'Several messages',
    input: z.object({ broken: z.string().optional() }),
  })
  dialogue() {
    return [
      { role: 'user' as const, content: { type: 'text' as const, text: 'Hi' } },
      { role: 'assistant' as const, content: { type: 'text' as const, text: 'Hello' } },
    ];
  }

  @McpPrompt({})
  whole() {
    const content = { type: 'text' as const, text: 'x' };
    return { description: 'of its own', messages: [{ role: 'user' as const, content }] };
  }

  @McpPrompt({})
  noPrompt() {
    return { secret: 1 };
  }

  @Authenticated()
  @McpPrompt({ input: z.object({ topic: z.string() }) })
  mine({ topic }: { topic: string }) {
    return topic;
  }

  @RequireScopes('notes:read')
  @McpPrompt({ input: z.object({ topic: z.string() }) })
  scoped({ topic }: { topic: string }) {
    return topic;
  }

  @McpCompletion({ prompt: 'review', argument: 'language' })
  languages({ value, arguments: known }: CompletionInput) {
    return [`${value}+${known['code'] ?? ''}`];
  }

  @McpCompletion({ prompt: 'review', argument: 'lines' })
  lines() {
    return Array.from({ length: 150 }, (_, index) => `${index}`);
  }

  @Authenticated()
  @McpCompletion({ prompt: 'review', argument: 'code' })
  protectedCompletion() {
    return ['for signed-in callers'];
  }

  @McpCompletion({ prompt: 'mine', argument: 'topic' })
  topicsOfMine() {
    return ['mine'];
  }

  @McpCompletion({ prompt: 'scoped', argument: 'topic' })
  topicsOfScoped() {
    return ['scoped'];
  }

  @McpCompletion({ prompt: 'dialogue', argument: 'broken' })
  broken(): string[] {
    throw new Error('secret detail');
  }

  @Authenticated()
  @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
  note({ id }: { id: string }) {
    return id;
  }

  @McpCompletion({ uriTemplate: 'notes://{id}', variable: 'id' })
  ids({ value }: CompletionInput) {
    return ['1', '12', '2'].filter((id) => id.startsWith(value));
  }
}
