import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { AuditSink, McpTool } from '../../../src/index.js';
import { ERAS } from '../answer.js';
import { call, mcpApp } from '../fixtures.js';
import { KeptEvents } from './audited-app.js';

@Injectable()
class Tools {
  @McpTool({ description: 'Leaves its input as it is' })
  reads() {
    return 'done';
  }

  @McpTool({ description: 'Changes its input' })
  changes(input: Record<string, unknown>) {
    for (const key of Object.keys(input)) delete input[key];
    input['own'] = 'made up by the handler';
    return 'done';
  }
}

describe.each(ERAS)('The digest of the input, in the %s era,', (era) => {
  it.each([true, false])('is of what the caller sent (directly answered: %s)', async (direct) => {
    const sink = new KeptEvents();
    const { url } = await mcpApp([Tools, { provide: AuditSink, useValue: sink }], {
      plainExchange: direct,
    });
    const digestOf = async (tool: string, input: object): Promise<string | undefined> => {
      await call(url, tool, input, { era });
      const events = await sink.take(2);
      return events.flatMap((event) => (event.type === 'call' ? event.inputDigest : []))[0];
    };
    const digest = await digestOf('reads', { amount: 100 });
    expect(digest).toBeDefined();
    expect(await digestOf('changes', { amount: 100 })).toBe(digest);
    expect(await digestOf('changes', { amount: 999 })).not.toBe(digest);
  });
});
