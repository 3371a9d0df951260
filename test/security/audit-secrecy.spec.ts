import * as fc from 'fast-check';
import { Injectable, type Type } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  RequirePolicy,
  McpPrompt,
  McpResourceTemplate,
  McpTool,
  Public,
  type AccessPolicyContext,
} from '../../src/index.js';
import { AuditSink, type AuditEvent } from '../../src/extend.js';
import { runs } from '../support/runs.js';
import { startClerkApp } from '../support/clerk-app.js';
import { ERAS, send, sendBody } from '../support/mcp-request.js';
import { accessToken, ADA, opaqueToken, sessionToken } from '../support/people.js';
import type { TestService } from '../support/service.js';

/** Any text that a person, a client or a tool brings in; found in an event, it would be a leak. */
const MARKER = 'MARKER';
const USER = `${MARKER.toLowerCase()}@example.com`;
const events: AuditEvent[] = [];

@Injectable()
class Kept extends AuditSink {
  readonly level = 'all';
  override record(event: AuditEvent): void {
    events.push(event);
  }
}

const talkative = ({ principal }: AccessPolicyContext) => ({
  reason: `${MARKER} ${JSON.stringify(principal.claims)}`,
});

@Injectable()
class TalkativeTools {
  @Public()
  @McpTool({ description: 'Echoes', input: z.looseObject({}) })
  echo(input: object) {
    return { ...input, said: MARKER };
  }

  @Public()
  @McpTool({ description: 'Fails in many words', input: z.looseObject({}) })
  fail(input: object): never {
    throw Object.assign(new Error(`${MARKER} ${JSON.stringify(input)}`), {
      code: `${MARKER} in lower case`,
    });
  }

  @RequirePolicy(talkative)
  @McpTool({ description: 'Refuses in many words' })
  refuse() {
    return MARKER;
  }

  @Public()
  @McpResourceTemplate({ uriTemplate: 'note://{title}' })
  note() {
    return MARKER;
  }

  @Public()
  @McpPrompt({ description: 'A prompt', input: z.object({ style: z.string().default('') }) })
  poem() {
    return MARKER;
  }
}

let service: TestService;
beforeAll(async () => {
  service = await startClerkApp([
    TalkativeTools,
    { provide: AuditSink, useClass: Kept } as unknown as Type,
  ]);
  service.clerk.users.create({
    emailAddress: USER,
    firstName: `${MARKER}-first`,
    lastName: `${MARKER}-last`,
  });
});
afterAll(() => service.stop());

const written = (): string => JSON.stringify(events);

async function settled(count: number): Promise<void> {
  while (events.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

describe.each(ERAS)('an audit event, %s era', (era) => {
  it('holds no token, no argument, no name and no address of mail', async () => {
    const tokens = [
      await accessToken(service, { user: USER, claims: { name: MARKER, email: USER } }),
      await opaqueToken(service, { user: USER }),
      await sessionToken(service, { user: USER }),
      await accessToken(service, { user: USER, signedBy: 'foreign' }),
      `${MARKER}.not.good`,
      `oat_${MARKER}`,
      undefined,
    ];
    events.length = 0;
    for (const token of tokens) {
      const options = {
        era,
        token,
        meta: { note: MARKER, traceparent: MARKER },
        headers: { 'x-request-id': MARKER, 'user-agent': MARKER, traceparent: MARKER },
      };
      const ask = (method: string, params: Record<string, unknown>) =>
        send(service.url, method, params, options);
      await ask('tools/call', { name: 'echo', arguments: { [MARKER]: MARKER, list: [MARKER] } });
      await ask('tools/call', { name: 'fail', arguments: { text: MARKER } });
      await ask('tools/call', { name: 'refuse', arguments: { text: MARKER } });
      await ask('tools/call', { name: MARKER, arguments: {} });
      await ask('prompts/get', { name: 'poem', arguments: { style: MARKER } });
      await ask('prompts/get', { name: MARKER });
      await ask('resources/read', { uri: `note://${MARKER}` });
      await ask('resources/read', { uri: `${MARKER}://none` });
      await ask('completion/complete', {
        ref: { type: 'ref/prompt', name: MARKER },
        argument: { name: MARKER, value: MARKER },
      });
      await ask('tasks/get', { taskId: MARKER });
      await ask('tools/list', { cursor: MARKER });
      await ask(`${MARKER}/${MARKER}`, { [MARKER]: MARKER });
    }
    // Every way was taken: refused tokens, refused calls, failures and calls that went well.
    await settled(60);
    const kinds = new Set(
      events.map((event) => `${event.type} ${'outcome' in event ? event.outcome : ''}`),
    );
    expect([...kinds].toSorted()).toEqual([
      'authentication ',
      'call error',
      'call ok',
      'decision ',
      'list ',
    ]);
    expect(written()).not.toMatch(new RegExp(MARKER, 'i'));
    expect(written()).not.toContain('@example.com');
    for (const token of tokens) {
      if (token === undefined) continue;
      expect(written()).not.toContain(token);
      expect(written()).not.toContain(token.split('.').at(-1));
    }
    expect(written()).toContain('user_');
  });
});

describe('an audit event of anything that is sent', () => {
  it('holds no word of it', async () => {
    const token = await accessToken(service, { user: ADA });
    const text = fc.constantFrom(MARKER, `${MARKER} `, `"${MARKER}\n`, `__proto__${MARKER}`);
    const value = fc.oneof(text, fc.array(text), fc.dictionary(text, text), fc.constant(null));
    const message = fc.record(
      {
        jsonrpc: fc.constant('2.0'),
        id: fc.oneof(text, fc.integer()),
        method: fc.oneof(
          text,
          fc.constantFrom('tools/call', 'resources/read', 'prompts/get', 'subscriptions/listen'),
        ),
        params: fc.oneof(
          value,
          fc.record({
            name: fc.oneof(value, fc.constantFrom('echo', 'fail', 'poem')),
            uri: fc.oneof(value, fc.constant(`note://${MARKER}`)),
            arguments: value,
            _meta: fc.oneof(value, fc.dictionary(fc.constant('traceparent'), text)),
            notifications: fc.record({ resourceSubscriptions: value }),
          }),
        ),
      },
      { requiredKeys: [] },
    );
    events.length = 0;
    const bodies = fc.oneof(message, fc.array(message, { maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        await sendBody(service.url, JSON.stringify(body), { token });
        expect(written()).not.toContain(MARKER);
      }),
      { numRuns: runs(100) },
    );
    expect(events.length).toBeGreaterThan(runs(10));
  });
});
