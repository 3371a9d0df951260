import { BadRequestException, Injectable, UseGuards } from '@nestjs/common';
import { ProtocolError } from '@modelcontextprotocol/server';
import * as z from 'zod';
import {
  McpCompletion,
  McpPrompt,
  Public,
  RequireReverification,
  RequireScopes,
  type McpContext,
} from '../../../src/index.js';
import { NeverGuard, ask, say, tell } from './what-handlers-do.js';

interface CompletionInput {
  readonly value: string;
  readonly arguments: Readonly<Record<string, string>>;
}

const said = (text: string) => ({
  role: 'user' as const,
  content: { type: 'text' as const, text },
});

/** Prompts that end in every way that they can end. */
@Injectable()
export class PlainPrompts {
  @McpPrompt({
    description: 'Text with an argument',
    input: z.object({ code: z.string().min(1), lines: z.coerce.number().int().optional() }),
  })
  review({ code, lines }: { code: string; lines?: number | undefined }) {
    return `${typeof lines} ${code}`;
  }

  @Public()
  @McpPrompt({})
  open() {
    return 'é\u2028"\\\ud800';
  }

  @McpPrompt({ description: 'Messages' })
  async messages() {
    await new Promise((resolve) => setImmediate(resolve));
    return [
      said('Hi'),
      { role: 'assistant' as const, content: { text: 'Hello', type: 'text' as const, more: 1 } },
      {
        role: 'user' as const,
        content: { type: 'image' as const, data: 'AAAA', mimeType: 'image/png' },
      },
    ];
  }

  @McpPrompt({ description: 'Nothing to say' })
  silent() {
    return [];
  }

  @McpPrompt({})
  whole() {
    return { messages: [said('x')], description: 'of its own' };
  }

  @McpPrompt({})
  metaFirst() {
    return { _meta: { '1': 1, at: new Date(0) }, messages: [said('x')] };
  }

  @McpPrompt({})
  more() {
    return { messages: [said('x')], more: { b: 1, a: undefined }, capabilities: { tasks: {} } };
  }

  @McpPrompt({})
  noDescription() {
    return { description: undefined, messages: [], _meta: undefined };
  }

  @McpPrompt({})
  noPrompt() {
    return { secret: 1 };
  }

  @McpPrompt({})
  bug(): string {
    throw new Error('internal detail');
  }

  @McpPrompt({})
  async wrong(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    throw new BadRequestException(['name is missing', 'age is missing']);
  }

  @McpPrompt({})
  protocol(): string {
    throw new ProtocolError(-32_042, 'elsewhere', { more: 1 });
  }

  @McpPrompt({})
  unsendable(): string {
    throw new ProtocolError(-32_042, 'elsewhere', { big: 1n });
  }

  @McpPrompt({})
  oddError(): string {
    throw Object.assign(new ProtocolError(-32_603, ''), { code: 'odd' });
  }

  @UseGuards(NeverGuard)
  @McpPrompt({})
  guarded() {
    return 'never';
  }

  @McpPrompt({})
  ask(_input: object, context: McpContext) {
    return ask(context);
  }

  @McpPrompt({})
  async says(_input: object, context: McpContext) {
    await say(context);
    return `${context.signal.aborted}`;
  }

  @McpPrompt({})
  context(_input: object, context: McpContext) {
    return JSON.stringify(tell(context));
  }

  @RequireScopes('notes:write')
  @McpPrompt({})
  write() {
    return 'written';
  }

  @RequireReverification('strict')
  @McpPrompt({})
  verified() {
    return 'done';
  }

  @McpPrompt({
    input: z.object({ a: z.string(), b: z.string(), c: z.string(), d: z.string(), e: z.string() }),
  })
  completed() {
    return 'done';
  }

  @McpCompletion({ prompt: 'completed', argument: 'a' })
  completeA({ value, arguments: known }: CompletionInput) {
    return ['é\u2028"', value, JSON.stringify(known)];
  }

  @McpCompletion({ prompt: 'completed', argument: 'b' })
  async completeB() {
    await new Promise((resolve) => setImmediate(resolve));
    return Array.from({ length: 150 }, (_, at) => `${at}`);
  }

  @McpCompletion({ prompt: 'completed', argument: 'c' })
  completeC(): string[] {
    throw new BadRequestException('no such value');
  }

  @RequireScopes('notes:write')
  @McpCompletion({ prompt: 'completed', argument: 'd' })
  completeD() {
    return ['written'];
  }

  @McpCompletion({ prompt: 'completed', argument: 'e' })
  async completeE(_input: CompletionInput, context: McpContext) {
    await say(context);
    return [JSON.stringify(tell(context))];
  }
}
