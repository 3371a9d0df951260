import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import * as z from 'zod';
import { RequirePolicy } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { eventually } from '../../support/within.js';
import { mcpApp, NameGuard, within } from '../fixtures.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { heldBy, NOTHING_HELD, Reading, WireSession } from './wire-session.js';

/** Requests that wait at a gate, until the test opens it. */
class Gate {
  private readonly waiting = new Set<() => void>();

  get size(): number {
    return this.waiting.size;
  }

  wait(): Promise<true> {
    return new Promise((resolve) => this.waiting.add(() => resolve(true)));
  }

  open(): void {
    for (const go of this.waiting) go();
    this.waiting.clear();
  }
}

const gate = new Gate();
let calls: string[] = [];
let isPolicySlow = false;

/** Authenticates slowly where the request asks for it. */
@Injectable()
class SlowGuard extends NameGuard implements CanActivate {
  override canActivate(context: ExecutionContext): any {
    const passes = super.canActivate(context);
    const { headers } = context.switchToHttp().getRequest();
    return headers['x-wait'] === 'guard' ? gate.wait().then(() => passes) : passes;
  }
}

@Injectable()
class Tools {
  @RequirePolicy(() => (isPolicySlow ? gate.wait() : true))
  @McpTool({ description: 'Notes that it ran', input: z.object({ tag: z.string() }) })
  note({ tag }: { tag: string }) {
    calls.push(tag);
    return tag;
  }
}

const call = (id: unknown, tag: string) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'note', arguments: { tag } },
});

describe.each(ADAPTERS)('a call that waits before it runs, on %s', (adapter) => {
  beforeEach(() => {
    calls = [];
  });

  describe.each(['guard', 'policy'])('at a slow %s', (place) => {
    describe.each([true, false])('with the fast path %s', (fastPath) => {
      const start = async () => {
        const options = { guards: [SlowGuard], metadata: { providers: [SlowGuard] } };
        const mcp = await mcpApp([Tools], {
          ...options,
          fastPath,
          adapter: createAdapter(adapter),
        });
        const post = (session: WireSession, body: unknown) => {
          isPolicySlow = place === 'policy';
          return fetch(mcp.url, {
            method: 'POST',
            headers: {
              ...session.headers(),
              'content-type': 'application/json',
              accept: 'application/json, text/event-stream',
              'x-wait': place,
            },
            body: JSON.stringify(body),
          }).then((response) => new Reading(response));
        };
        const waits = async () => {
          await eventually(() => expect(gate.size).toBe(1));
          isPolicySlow = false;
        };
        return { ...mcp, post, waits };
      };

      it('is cancelled, and its id is free for a later call', async () => {
        const { app, url, post, waits } = await start();
        const session = await WireSession.open(url);
        const cancelled = post(session, call(1, 'cancelled'));
        await waits();
        expect((await session.cancel(1)).status).toBe(202);
        gate.open();
        const reading = await within(cancelled, 'the response');
        await within(reading.ended, 'its end');
        expect([reading.response.status, reading.messages]).toEqual([200, []]);
        expect(calls).toEqual([]);
        const later = new Reading(await session.post(call(1, 'later')));
        await within(later.ended, 'the later answer');
        expect(later.messages).toMatchObject([{ id: 1, result: {} }]);
        expect(calls).toEqual(['later']);
        await eventually(() => expect(heldBy(app, session.id)).toEqual(NOTHING_HELD));
      });

      it('is not cancelled by another session, another id or an earlier cancellation', async () => {
        const { url, post, waits } = await start();
        const [session, other] = [
          await WireSession.open(url),
          await WireSession.open(url, '2025-11-25', 'bob'),
        ];
        await session.cancel(1);
        const served = post(session, call(1, 'served'));
        await waits();
        for (const id of ['1', 2, '']) await session.cancel(id);
        await other.cancel(1);
        expect((await session.cancel(1, 'bob')).status).toBe(404);
        gate.open();
        const reading = await within(served, 'the response');
        await within(reading.ended, 'its end');
        expect(reading.messages).toMatchObject([{ id: 1, result: {} }]);
        expect(calls).toEqual(['served']);
      });
    });
  });
});
