import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BACKPLANE } from '../../src/backplane/backplane.module.js';
import type { Backplane } from '../../src/backplane/backplane.js';
import { ClerkRevocations } from '../../src/clerk/revocation/clerk-revocations.js';
import { McpContext } from '../../src/mcp/authoring/mcp-context.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { TaskClient } from '../mcp/tasks/task-client.js';
import { listen } from '../mcp/tasks/task-listener.js';
import { callTool, send } from '../support/mcp-request.js';
import { eventually } from '../support/within.js';
import { ClientSession } from './support/client-session.js';
import { startNodes, type NodesOptions, type TestNode, type TestNodes } from './support/nodes.js';
import { installOwnClocks, withClock } from './support/own-clock.js';
import { Tools } from './support/tools.js';

const MINUTE = 60_000;
const FORM = z.object({ sure: z.boolean() });

@Injectable()
class Steps {
  @McpTool({ description: 'Asks in a second round' })
  steps(_input: unknown, context: McpContext) {
    const kept = context.state<{ kept: string }>();
    if (!kept)
      return context.ask({ sure: { form: { message: '?', schema: FORM } } }, { kept: 'x' });
    return kept;
  }

  @McpTool({
    description: 'Works until it is cancelled',
    task: { support: 'optional', ttlMs: 5 * MINUTE },
  })
  async work(_input: unknown, { signal }: McpContext) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return { done: true };
  }
}

let restore: () => void;
beforeAll(() => {
  restore = installOwnClocks();
});
afterAll(() => restore());

let service: TestNodes;
let nodes: readonly TestNode[];
let right: TestNode;
/** Its clock is ten minutes early. */
let early: TestNode;
/** Its clock is ten minutes late. */
let late: TestNode;

async function start(options: NodesOptions = {}): Promise<void> {
  service = await startNodes([Tools, Steps], {
    clocks: [0, 10 * MINUTE, -10 * MINUTE, 10 * MINUTE],
    ...options,
    clerk: { limits: { denyTtlMs: 15 * MINUTE }, ...options.clerk },
  });
  nodes = service.nodes.slice(0, 3);
  [right, early, late] = nodes as [TestNode, TestNode, TestNode];
}

/** A token that was issued before the clock of the late node: Clerk's tolerance is five seconds. */
function tokenOf(user: string, format?: 'opaque'): Promise<string> {
  const { clerk, resource } = service;
  const scopes = ['profile', 'email'];
  return withClock(-20 * MINUTE, () =>
    clerk.issue.oauthAccessToken({ user, resource, scopes, ...(format && { format }) }),
  );
}

async function callerOf(name: string, format?: 'opaque') {
  const { id } = service.clerk.users.create({ emailAddress: `${name}@example.com` });
  return { id, token: await tokenOf(id, format) };
}

const statusAt = async ({ url }: TestNode, token: string) =>
  (await callTool(url, 'whoami', {}, { token })).status;

describe('Nodes whose clocks differ by twenty minutes', () => {
  beforeAll(() => start());
  afterAll(() => service.stop());

  it('have these clocks, and one that they share', async () => {
    const clocks = nodes.map(({ app }) =>
      withClock(10 * MINUTE, () => (app.get(BACKPLANE, { strict: false }) as Backplane).now()),
    );
    for (const clock of clocks) expect(Math.abs(clock - Date.now())).toBeLessThan(MINUTE);
    const { token } = await callerOf('now');
    const fresh = await service.token();
    expect(await Promise.all(nodes.map((node) => statusAt(node, token)))).toEqual([200, 200, 200]);
    // By the rules of Clerk, a token from the future is none.
    expect(await Promise.all(nodes.map((node) => statusAt(node, fresh)))).toEqual([200, 200, 401]);
  });

  it.each([
    ['early', () => early, 10 * MINUTE],
    ['late', () => late, -10 * MINUTE],
  ])('have the revocations of the one that is %s for as long', async (name, from, clock) => {
    const { id, token } = await callerOf(`revoked at ${name}`.replaceAll(' ', '-'));
    const revocations = from().app.get(ClerkRevocations, { strict: false });
    await withClock(clock, () => revocations.revoke({ userId: id }));

    for (const node of nodes) {
      await eventually(async () => expect(await statusAt(node, token)).toBe(401));
    }
    const started = await service.start();
    expect(await statusAt(started, token)).toBe(401);
    await started.close();
  });

  it('hand an anonymous session over that another one has challenged', async () => {
    const { token } = await callerOf('guest');
    const session = await ClientSession.open(right.url);
    expect((await session.call(late.url, 'whoami')).status).toBe(401);

    expect((await session.as(token).call(early.url, 'whoami')).status).toBe(200);
    expect((await session.as(token).call(late.url, 'whoami')).status).toBe(200);
  });

  it.each([
    ['late', 'early'],
    ['early', 'late'],
  ])('continue a call that the one that is %s has begun at the one that is %s', async (...at) => {
    const { token } = await callerOf(`steps-${at.join('-')}`);
    const [first, second] = at.map((name) => (name === 'late' ? late : early));
    const meta = {
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
    };
    const asked = await callTool(first?.url ?? '', 'steps', {}, { token, meta });
    const { requestState } = asked.body.result as { requestState?: string };
    const inputResponses = { sure: { action: 'accept', content: { sure: true } } };
    const params = { name: 'steps', arguments: {}, requestState, inputResponses };
    const answer = await send(second?.url ?? '', 'tools/call', params, { token, meta });

    expect(answer.body.result?.structuredContent).toEqual({ kept: 'x' });
  });

  it('keep a task for its lifetime, whoever changes it', async () => {
    const { token } = await callerOf('worker');
    const atLate = new TaskClient(late.url, token);
    const id = await atLate.start('work');
    const client = new Redis(service.redis.url);
    const lifetimes = async () => {
      const keys = await client.keys('*:r:*');
      return Promise.all(keys.map((key) => client.pttl(key)));
    };
    // Of the records, only the one of the task has a lifetime between these.
    const isOfTask = (ms: number) => ms > 2 * MINUTE && ms <= 5 * MINUTE;
    expect((await lifetimes()).filter(isOfTask)).toHaveLength(1);

    const { next, close } = await listen(new TaskClient(early.url, token), { taskIds: [id] });
    await next();
    await next();
    expect((await lifetimes()).filter(isOfTask)).toHaveLength(1);
    const { result } = await new TaskClient(early.url, token).get(id);
    expect(Math.abs(Date.parse(result.createdAt) - Date.now())).toBeLessThan(5 * MINUTE);
    expect(result.status).toBe('working');
    await new TaskClient(right.url, token).cancel(id);
    for (const { url } of nodes) {
      expect((await new TaskClient(url, token).get(id)).result.status).toBe('cancelled');
    }
    close();
    client.disconnect();
  });

  it('take nobody for dead', async () => {
    const backplanes = nodes.map(({ app }) => app.get(BACKPLANE, { strict: false }) as Backplane);
    for (const { leases } of backplanes) {
      for (const { nodeId } of backplanes) expect(await leases.isAlive(nodeId)).toBe(true);
      expect(await leases.gone()).toEqual([]);
    }
  });

  it('go on with a session of any of them', async () => {
    const { token } = await callerOf('session');
    const session = await ClientSession.open(late.url, token);
    for (const { url } of [...nodes, ...nodes]) {
      expect((await session.call(url, 'whoami')).status).toBe(200);
    }
  });
});

describe('The limits of nodes whose clocks differ', () => {
  afterAll(() => service.stop());

  it.each([true, false])('are those of the service (exact: %s)', async (exact) => {
    if (!exact) await service.stop();
    await start({ limits: { principal: { limit: 12, ttlMs: 60 * MINUTE }, exact } });
    const { token } = await callerOf('caller');
    const statuses: number[] = [];
    await eventually(async () => {
      // Slower than sums are exchanged.
      if (!exact) await new Promise((resolve) => setTimeout(resolve, 250));
      const node = nodes[statuses.length % 3];
      if (node) statuses.push(await statusAt(node, token));
      expect(statuses.slice(-3)).toEqual([429, 429, 429]);
    });

    const passed = statuses.filter((status) => status === 200).length;
    expect(passed).toBeGreaterThanOrEqual(12);
    // Each node hears of the others with its own next hit.
    expect(passed).toBeLessThanOrEqual(exact ? 12 : 15);
  });
});

describe('The verdicts of nodes whose clocks differ', () => {
  beforeAll(() => start({ clerk: { shareVerdicts: true } }));
  afterAll(() => service.stop());

  it('are shared', async () => {
    const { token } = await callerOf('opaque', 'opaque');
    const asked = () =>
      Object.entries(service.clerk.counters.all())
        .filter(([name]) => name.includes('verify'))
        .reduce((sum, [, count]) => sum + count, 0);
    const before = asked();
    for (const node of [late, early, right]) expect(await statusAt(node, token)).toBe(200);

    expect(asked() - before).toBe(1);
  });
});
