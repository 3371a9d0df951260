import { BadRequestException, Injectable, UseGuards } from '@nestjs/common';
import { ProtocolError } from '@modelcontextprotocol/server';
import * as z from 'zod';
import {
  McpTool,
  Public,
  RequireReverification,
  RequireRole,
  RequireScopes,
  type McpContext,
} from '../../../src/index.js';
import { NeverGuard, ask, say, tell } from './what-handlers-do.js';

/** Tools that end in every way that a call can end. */
@Injectable()
export class PlainTools {
  @McpTool({
    description: 'Structured output',
    input: z.object({ message: z.string().min(1), times: z.number().int().default(1) }),
    output: z.object({ message: z.string(), length: z.number(), at: z.iso.date().optional() }),
  })
  echo({ message, times }: { message: string; times: number }) {
    return { message: message.repeat(times), length: message.length, secret: 'dropped' };
  }

  @McpTool({ description: 'Anything', input: z.object({ value: z.unknown() }) })
  anything({ value }: { value?: unknown }) {
    return value;
  }

  @McpTool({
    description: 'Anything, declared',
    input: z.object({ value: z.unknown() }),
    output: z.object({ value: z.unknown() }),
  })
  declared({ value }: { value?: unknown }) {
    return { value };
  }

  @McpTool({ description: 'A list', output: z.array(z.number()) })
  numbers() {
    return [1, 2, 3];
  }

  @McpTool({ description: 'A date', output: z.object({ at: z.any() }) })
  date() {
    return { at: new Date(0) };
  }

  @Public()
  @McpTool({ description: 'Open to all' })
  hello() {
    return 'hello';
  }

  @McpTool({ description: 'Blocks of its own' })
  blocks() {
    return [
      { type: 'text', text: 'one', annotations: { priority: 1 } },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    ];
  }

  @McpTool({ description: 'A whole result' })
  whole() {
    return {
      isError: true,
      content: [{ type: 'text' as const, text: 'whole' }],
      _meta: { note: 1 },
      more: true,
    };
  }

  /** More than a session keeps of one event. */
  @McpTool({ description: 'Much' })
  much() {
    return { text: 'é\u2028x'.repeat(200_000) };
  }

  @McpTool({ description: 'Nothing' })
  nothing() {
    return undefined;
  }

  @McpTool({ description: 'Not what it declares', output: z.object({ count: z.number() }) })
  liar() {
    return { count: 'many' } as unknown as { count: number };
  }

  @McpTool({ description: 'A bug' })
  bug(): string {
    throw new Error('internal detail');
  }

  @McpTool({ description: 'The caller is wrong' })
  wrong(): string {
    throw new BadRequestException(['name is missing', 'age is missing']);
  }

  @McpTool({ description: 'An error of the protocol' })
  protocol(): string {
    throw new ProtocolError(-32_002, 'not found', { uri: 'x:y' });
  }

  @McpTool({ description: 'An error of the protocol that cannot be sent' })
  unsendable(): string {
    throw new ProtocolError(-32_002, 'not found', { big: 1n });
  }

  @McpTool({ description: 'An error without a code' })
  oddError(): string {
    throw Object.assign(new ProtocolError(-32_603, ''), { code: 'odd' });
  }

  @UseGuards(NeverGuard)
  @McpTool({ description: 'Guarded' })
  guarded() {
    return 'never';
  }

  @McpTool({ description: 'Asks' })
  ask(_input: object, context: McpContext) {
    return ask(context);
  }

  @McpTool({ description: 'Says things' })
  async says(_input: object, context: McpContext) {
    await say(context);
    return { said: true };
  }

  @McpTool({ description: 'What the context knows' })
  context(_input: object, context: McpContext) {
    return { ...tell(context), aborted: context.signal.aborted };
  }

  @McpTool({
    description: 'Wants a header',
    input: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }),
  })
  region({ region }: { region: string }) {
    return region;
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Needs a scope' })
  write() {
    return 'written';
  }

  @RequireRole('admin')
  @McpTool({ description: 'Needs a role' })
  admin() {
    return 'done';
  }

  @RequireReverification('strict')
  @McpTool({ description: 'Needs a user who has verified lately' })
  verified() {
    return 'done';
  }

  @McpTool({ description: 'In time', limits: { timeoutMs: 60_000, maxConcurrent: 8 } })
  limited() {
    return { limited: true };
  }

  @McpTool({ description: 'Too late', limits: { timeoutMs: 1 } })
  async late() {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { late: true };
  }
}
