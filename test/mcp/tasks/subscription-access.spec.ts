import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  RequirePolicy,
  AccessRefusedError,
  McpCatalog,
  McpTool,
  RequireScopes,
  VerifyAlways,
  type McpContext,
  type Principal,
} from '../../../src/index.js';
import { PrincipalRenewal, principalOf } from '../../../src/extend.js';
import { mcpApp } from '../fixtures.js';
import { TaskClient } from './task-client.js';
import { listen } from './task-listener.js';
import { Jobs } from './task-tools.js';

const Job = z.object({ name: z.string() });

/** What decides, as a test steers it. */
@Injectable()
class Deciders extends PrincipalRenewal {
  allows: () => boolean | Promise<boolean> = () => true;
  renews: () => void = () => undefined;
  renewals = 0;

  async renew(request: object): Promise<Principal | undefined> {
    this.renewals += 1;
    this.renews();
    return principalOf(request);
  }
}
const deciders = new Deciders();

@Injectable()
class GuardedJobs {
  constructor(private readonly jobs: Jobs) {}

  @RequireScopes('jobs')
  @McpTool({ description: 'Needs a scope', input: Job, task: 'required' })
  scoped(input: z.infer<typeof Job>, context: McpContext) {
    return this.run(input, context);
  }

  @RequirePolicy(() => deciders.allows())
  @McpTool({ description: 'Needs what a policy says', input: Job, task: 'required' })
  ruled(input: z.infer<typeof Job>, context: McpContext) {
    return this.run(input, context);
  }

  @VerifyAlways()
  @McpTool({ description: 'Verifies anew', input: Job, task: 'required' })
  verified(input: z.infer<typeof Job>, context: McpContext) {
    return this.run(input, context);
  }

  private async run({ name }: z.infer<typeof Job>, context: McpContext) {
    await this.jobs.wait(name, context.signal);
    await context.progress(1, 2, 'half');
    await this.jobs.wait(`${name} again`, context.signal);
    return 'a secret';
  }
}

async function start() {
  deciders.allows = () => true;
  deciders.renews = () => undefined;
  deciders.renewals = 0;
  const renewal = { provide: PrincipalRenewal, useValue: deciders };
  const { app, url } = await mcpApp([Jobs, GuardedJobs, renewal]);
  return { app, url, jobs: app.get(Jobs), alice: new TaskClient(url) };
}

/** The messages from now to the end of the stream. */
async function rest(listener: Awaited<ReturnType<typeof listen>>): Promise<any[]> {
  const message = await listener.next();
  return message === undefined ? [] : [message, ...(await rest(listener))];
}

describe('Who subscribes to a task', () => {
  it('is challenged for the scope of its tool, as by tasks/get', async () => {
    const { url, alice } = await start();
    const id = await new TaskClient(url, 'alice:jobs').start('scoped', { name: 'a' });
    const asked = await alice.open('tasks/get', { taskId: id });
    const listened = await listen(alice, { taskIds: [id] });
    expect([asked.status, listened.status]).toEqual([403, 403]);
    const challenge = listened.headers.get('www-authenticate');
    expect(challenge).toContain('scope="jobs"');
    expect(asked.headers.get('www-authenticate')).toBe(challenge);
    expect(await listened.next()).toEqual(await asked.json());
  });

  it('is refused within the protocol where nothing cures it, as by tasks/get', async () => {
    const { alice } = await start();
    const id = await alice.start('ruled', { name: 'a' });
    deciders.allows = () => false;
    const { status, error } = await alice.get(id);
    const listened = await listen(alice, { taskIds: [id], toolsListChanged: true });
    expect(listened.status).toBe(status);
    expect((await listened.next()).error).toEqual(error);
    expect(error?.code).toBe(-32602);
  });

  it('is a 503 while it cannot be verified anew, and a 401 once it is refused', async () => {
    const { alice } = await start();
    const id = await alice.start('verified', { name: 'a' });
    for (const [refusal, status] of [
      [{ reason: 'unavailable', retryAfter: 3 }, 503],
      [{ reason: 'invalid_token', description: 'Banned.' }, 401],
    ] as const) {
      deciders.renews = () => {
        throw new AccessRefusedError(refusal);
      };
      expect((await alice.open('tasks/get', { taskId: id })).status).toBe(status);
      expect((await listen(alice, { taskIds: [id] })).status).toBe(status);
    }
  });

  it('needs what a tool needed that was taken away', async () => {
    const { app, url, alice } = await start();
    const id = await new TaskClient(url, 'alice:jobs').start('scoped', { name: 'a' });
    app.get(McpCatalog).removeTool('scoped');
    expect((await alice.open('tasks/get', { taskId: id })).status).toBe(403);
    expect((await listen(alice, { taskIds: [id] })).status).toBe(403);
    expect((await new TaskClient(url, 'alice:jobs').get(id)).result.status).toBe('working');
  });
});

describe('Before each change that a subscription tells', () => {
  it('the rule of the tool decides again', async () => {
    const { alice, jobs } = await start();
    const id = await alice.start('ruled', { name: 'a' });
    const listener = await listen(alice, { taskIds: [id] });
    expect((await listener.next()).params.notifications.taskIds).toEqual([id]);
    expect((await listener.next()).params.status).toBe('working');
    deciders.allows = () => false;
    jobs.open('a');
    const left = await rest(listener);
    expect(left.map(({ method, result }) => method ?? result.resultType)).toEqual(['complete']);
  });

  it.each([
    ['is refused', () => new AccessRefusedError({ reason: 'invalid_token', description: 'x' })],
    [
      'cannot be asked about',
      () => new AccessRefusedError({ reason: 'unavailable', retryAfter: 1 }),
    ],
    ['meets a bug', () => new Error('a bug')],
  ])('@VerifyAlways() verifies anew, and tells nothing to whoever %s', async (_, failure) => {
    const { alice, jobs } = await start();
    const id = await alice.start('verified', { name: 'a' });
    const listener = await listen(alice, { taskIds: [id] });
    await listener.next();
    expect((await listener.next()).params.status).toBe('working');
    const before = deciders.renewals;
    jobs.open('a');
    expect((await listener.next()).params.statusMessage).toBe('half');
    expect(deciders.renewals).toBe(before + 1);
    deciders.renews = () => {
      throw failure();
    };
    jobs.open('a again');
    const left = await rest(listener);
    expect(JSON.stringify(left)).not.toContain('secret');
    expect(left.map(({ method, result }) => method ?? result.resultType)).toEqual(['complete']);
  });

  it('a slow decision holds later states back, and the last one is told', async () => {
    const { alice, jobs } = await start();
    const id = await alice.start('ruled', { name: 'a' });
    const listener = await listen(alice, { taskIds: [id] });
    await listener.next();
    await listener.next();
    const asked: ((allowed: boolean) => void)[] = [];
    deciders.allows = () => new Promise((resolve) => asked.push(resolve));
    jobs.open('a');
    while (asked.length === 0) await new Promise(setImmediate);
    deciders.allows = () => true;
    jobs.open('a again');
    expect((await alice.ended(id)).status).toBe('completed');
    for (const answer of asked) answer(true);
    const told = rest(listener);
    const statuses = (await told).flatMap(({ params }) => params?.status ?? []);
    expect(statuses).toEqual(['working', 'completed']);
  });
});
