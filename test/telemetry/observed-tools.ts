import { trace } from '@opentelemetry/api';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Public, RequireScopes } from '../../src/access/access.decorators.js';
import type { McpContext } from '../../src/mcp/authoring/mcp-context.js';
import {
  McpCompletion,
  McpPrompt,
  type CompletionInput,
} from '../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResource,
  McpResourceTemplate,
} from '../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';

/** An argument that must appear nowhere. */
export const SECRET = 'ada-private-argument';

const Word = z.object({ word: z.string() });

/** One handler for each way in which a call ends. */
@Injectable()
export class ObservedTools {
  /** The names of the handlers that wait. */
  static readonly waiting = new Set<string>();

  @Public()
  @McpTool({ description: 'Says hello', input: Word })
  hello({ word }: z.infer<typeof Word>) {
    // What a handler does is part of its call.
    trace.getTracer('application').startSpan('look up').end();
    return `hello ${word.length}`;
  }

  @Public()
  @McpTool({ description: 'Says hello later', input: Word })
  async later({ word }: z.infer<typeof Word>) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    trace.getTracer('application').startSpan('look up').end();
    return `hello ${word.length}`;
  }

  @Public()
  @McpTool({ description: 'Fails', input: Word })
  fails({ word }: z.infer<typeof Word>): never {
    throw new Error(`No ${word}`);
  }

  @Public()
  @McpTool({ description: 'Tells its progress', input: Word })
  async tells(_input: z.infer<typeof Word>, context: McpContext) {
    await context.progress(1, 2, SECRET);
    trace.getTracer('application').startSpan('look up').end();
    return 'told';
  }

  @Public()
  @McpTool({ description: 'Waits until it is cancelled' })
  async waits(_input: object, context: McpContext) {
    ObservedTools.waiting.add('waits');
    await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    ObservedTools.waiting.delete('waits');
    return 'over';
  }

  @Public()
  @McpTool({ description: 'Asks' })
  asks(_input: object, context: McpContext) {
    const answer = context.accepted('sure', z.object({ sure: z.boolean() }));
    if (answer) return String(answer.sure);
    return context.elicit('sure', { message: 'Sure?', schema: z.object({ sure: z.boolean() }) });
  }

  @McpTool({ description: 'For people who are signed in' })
  mine() {
    return 'mine';
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'For writers' })
  writes() {
    return 'written';
  }

  @McpTool({ description: 'A task', task: { support: 'required' } })
  works() {
    return 'worked';
  }

  @Public()
  @McpResource({ uri: 'notes://all' })
  all() {
    return 'all notes';
  }

  @Public()
  @McpResourceTemplate({ uriTemplate: 'notes://of/{person}' })
  of({ person }: { person: string }) {
    return `notes of ${person}`;
  }

  @McpCompletion({ uriTemplate: 'notes://of/{person}', variable: 'person' })
  people({ value }: CompletionInput) {
    return [value];
  }

  @Public()
  @McpPrompt({ description: 'A greeting', input: z.object({ name: z.string() }) })
  greet({ name }: { name: string }) {
    return `Greet ${name}`;
  }
}
