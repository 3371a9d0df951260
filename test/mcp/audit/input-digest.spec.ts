import { Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuditSink } from '../../../src/extend.js';
import { McpTool } from '../../../src/index.js';
import { ERAS } from '../answer.js';
import { call, mcpApp } from '../fixtures.js';
import { KeptEvents } from './audited-app.js';

/** Has its hands on the input before anything of the tool runs, as an interceptor or a pipe may. */
@Injectable()
class Changing implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const [, , input]: unknown[] = context.getArgs();
    Object.assign(input as object, { amount: 7 });
    return true;
  }
}

const Amount = z.object({ amount: z.number() });

@Injectable()
class Tools {
  @McpTool({ description: 'Leaves its input as it is', input: Amount })
  reads({ amount }: { amount: number }) {
    return amount;
  }

  @UseGuards(Changing)
  @McpTool({ description: 'Is called with another input', input: Amount })
  changes({ amount }: { amount: number }) {
    return amount;
  }
}

describe.each(ERAS)('The digest of the input, in the %s era,', (era) => {
  it.each([true, false])('is of what the caller sent (directly answered: %s)', async (direct) => {
    const sink = new KeptEvents();
    const providers = [Tools, Changing, { provide: AuditSink, useValue: sink }];
    const { url } = await mcpApp(providers, { fastPath: direct });
    const digestOf = async (tool: string, input: object): Promise<string | undefined> => {
      const { text } = await call(url, tool, input, { era });
      if (tool === 'changes') expect(text).toBe('7');
      const events = await sink.take(2);
      return events.flatMap((event) => (event.type === 'call' ? event.inputDigest : []))[0];
    };
    const digest = await digestOf('reads', { amount: 100 });
    expect(digest).toBeDefined();
    expect(await digestOf('changes', { amount: 100 })).toBe(digest);
    expect(await digestOf('changes', { amount: 999 })).not.toBe(digest);
  });
});
