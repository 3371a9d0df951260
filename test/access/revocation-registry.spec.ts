import {
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { Revocations } from '../../src/access/revocation.js';
import { RevocationRegistry } from '../../src/access/revocation-registry.js';
import type { McpModuleOptions } from '../../src/mcp/mcp-options.js';
import { McpStdio } from '../../src/mcp/stdio/mcp-stdio.js';
import { PassThrough } from 'node:stream';
import { TokenAuthenticator } from '../../src/request/authentication.js';
import { call, mcpApp, NameGuard, principal, rpc, startMcpApp, within } from '../mcp/fixtures.js';
import { openSession, sessionCount } from '../mcp/server/session-client.js';
import { ServedTools } from '../mcp/server/tools.js';
import { AliceOnly, Jobs, TaskTools } from '../mcp/tasks/task-tools.js';
import { TaskClient } from '../mcp/tasks/task-client.js';
import { AnnouncedRevocations, REVOCATIONS } from '../support/announced-revocations.js';

const ALICE = { userId: 'user_alice' };

async function start(options: Partial<McpModuleOptions> = {}) {
  const { app, url } = await mcpApp([ServedTools, REVOCATIONS], {
    revocationGraceMs: 60_000,
    ...options,
  });
  const revocations = app.get<AnnouncedRevocations>(Revocations);
  return { app, url, revocations, tools: app.get(ServedTools), open: app.get(RevocationRegistry) };
}

/** What a stream brings before it ends. */
const endOf = async (stream: Response) => {
  const end = stream.text().then(
    () => 'ended',
    () => 'ended',
  );
  return within(end, 'the end of the stream');
};
const isOpen = async (stream: Response) => {
  const reader = stream.body?.getReader();
  const read = reader?.read().then(
    ({ done }) => !done,
    () => false,
  );
  const pause = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 100));
  const open = await Promise.race([read, pause]);
  reader?.releaseLock();
  return open;
};

describe('A revocation', () => {
  it('ends the streams of the sessions that it concerns, and no others', async () => {
    const { url, app, revocations } = await start();
    const [alice, bob] = [await openSession(url, 'alice'), await openSession(url, 'bob')];
    const streams = { alice: await alice.listen('alice'), bob: await bob.listen('bob') };
    revocations.revoke(ALICE);
    await endOf(streams.alice);
    expect(await isOpen(streams.bob)).toBe(true);
    await within(
      gone(() => sessionCount(app) === 1),
      'the end of the session',
    );
    expect((await bob.call('hello', {}, 'bob')).status).toBe(200);
    expect((await alice.call('hello', {}, 'alice')).status).toBe(401);
    revocations.forgive();
    expect((await alice.call('hello', {}, 'alice')).status).toBe(404);
    await streams.bob.body?.cancel();
  });

  it('ends a session that nobody has used since it opened', async () => {
    const { url, app, revocations } = await start();
    const session = await openSession(url, 'alice');
    revocations.revoke(ALICE);
    revocations.forgive();
    expect(sessionCount(app)).toBe(0);
    expect((await session.call('hello', {}, 'alice')).status).toBe(404);
  });

  it('leaves anonymous sessions alone', async () => {
    const { url, app, revocations } = await start();
    const session = await openSession(url);
    revocations.revoke(ALICE);
    expect(sessionCount(app)).toBe(1);
    expect((await session.call('hello')).status).toBe(200);
  });

  it('ends subscriptions, and no others', async () => {
    const { url, revocations, open } = await start();
    const listen = (as: string) =>
      rpc(url, 'subscriptions/listen', { notifications: { toolsListChanged: true } }, { as });
    const streams = { alice: await listen('alice'), bob: await listen('bob') };
    revocations.revoke(ALICE);
    await endOf(streams.alice);
    expect(await isOpen(streams.bob)).toBe(true);
    await streams.bob.body?.cancel();
    await within(
      gone(() => open.size === 0),
      'the end of what is held',
    );
  });

  it.each(['modern', 'legacy'] as const)(
    'lets a %s call that runs come to its end',
    async (era) => {
      const { url, revocations, tools, open } = await start();
      const running = call(url, 'deaf', { name: 'running' }, { era });
      await within(tools.until('running', 'waiting'), 'the call');
      revocations.revoke(ALICE);
      tools.release('running');
      expect(await running).toMatchObject({ status: 200, text: 'released' });
      expect((await call(url, 'hello', {}, { era })).status).toBe(401);
      await within(
        gone(() => open.size === 0),
        'the end of what is held',
      );
    },
  );

  it('lets a call on a session come to its end, and closes the session after it', async () => {
    const { url, app, revocations, tools } = await start({ revocationGraceMs: 5_000 });
    const session = await openSession(url, 'alice');
    const running = session.call('deaf', { name: 'running' }, 'alice');
    await within(tools.until('running', 'waiting'), 'the call');
    revocations.revoke(ALICE);
    revocations.forgive();
    expect((await session.call('hello', {}, 'alice')).status).toBe(404);
    tools.release('running');
    expect(await (await running).text()).toContain('released');
    await within(
      gone(() => sessionCount(app) === 0),
      'the end of the session',
    );
  });

  it.each(['modern', 'legacy'] as const)(
    'cuts a %s call off that goes on, and aborts it',
    async (era) => {
      const { url, revocations, tools } = await start({ revocationGraceMs: 20 });
      const running = call(url, 'wait', { name: 'running' }, { era }).catch(() => 'cut off');
      await within(tools.until('running', 'waiting'), 'the call');
      revocations.revoke(ALICE);
      expect(await within(running, 'the end of the call')).toBe('cut off');
      await within(tools.until('running', 'aborted'), 'the abort');
    },
  );

  it('cuts a call on a session off that goes on, and aborts it', async () => {
    const { url, revocations, tools, app } = await start({ revocationGraceMs: 20 });
    const session = await openSession(url, 'alice');
    const running = session.call('wait', { name: 'running' }, 'alice').then(endOf);
    await within(tools.until('running', 'waiting'), 'the call');
    revocations.revoke(ALICE);
    await within(running, 'the end of the call');
    await within(tools.until('running', 'aborted'), 'the abort');
    await within(
      gone(() => sessionCount(app) === 0),
      'the end of the session',
    );
  });

  it('ends the tasks that it concerns, and no others', async () => {
    const { url, app } = await mcpApp([Jobs, AliceOnly, TaskTools, REVOCATIONS]);
    const revocations = app.get<AnnouncedRevocations>(Revocations);
    const [alice, bob] = [new TaskClient(url), new TaskClient(url, 'bob')];
    const jobs = app.get(Jobs);
    const id = await alice.start('wait', { name: 'a' });
    const other = await bob.start('wait', { name: 'b' });
    const [signal, untouched] = await Promise.all([jobs.reached('a'), jobs.reached('b')]);
    revocations.revoke(ALICE);
    expect(signal.aborted).toBe(true);
    expect(untouched.aborted).toBe(false);
    revocations.forgive();
    expect(await alice.ended(id)).toMatchObject({
      status: 'failed',
      error: { message: 'The access of the caller was revoked' },
    });
    jobs.open('b');
    expect(await bob.ended(other)).toMatchObject({ status: 'completed' });
    expect(app.get(RevocationRegistry).size).toBe(0);
  });

  it('ends a connection over stdio', async () => {
    const { app, revocations } = await mcpAppWithTokens();
    const connect = (token: string) =>
      app.get(McpStdio).connect({ token, stdin: new PassThrough(), stdout: new PassThrough() });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    revocations.revoke(ALICE);
    await within(alice.closed, 'the end of the connection');
    expect(await Promise.race([bob.closed.then(() => 'closed'), 'open'])).toBe('open');
    await bob.close();
    expect(app.get(RevocationRegistry).size).toBe(0);
  });

  it('turns a request away that a guard let in a moment before', async () => {
    @Injectable()
    class LateGuard implements CanActivate {
      constructor(private readonly revocations: Revocations) {}
      canActivate(context: ExecutionContext): boolean {
        new NameGuard().canActivate(context);
        (this.revocations as AnnouncedRevocations).revoke(ALICE);
        return true;
      }
    }
    const { url, app } = await mcpApp([ServedTools, REVOCATIONS, LateGuard], {
      guards: [LateGuard],
    });
    for (const era of ['modern', 'legacy'] as const) {
      const answer = await rpc(url, 'tools/call', { name: 'hello' }, { era, as: 'alice' });
      expect(answer.status).toBe(401);
      expect((await call(url, 'hello', {}, { era, as: 'bob' })).text).toBe('hello user_bob');
    }
    expect(app.get(RevocationRegistry).size).toBe(0);
  });

  it('does not hold a shutdown while calls come to their end', async () => {
    const adapter = new FastifyAdapter({ forceCloseConnections: false });
    const { app, url } = await startMcpApp([ServedTools, REVOCATIONS], {
      adapter,
      revocationGraceMs: 60_000,
    });
    const tools = app.get(ServedTools);
    const session = await openSession(url, 'alice');
    const running = session.call('deaf', { name: 'running' }, 'alice').then(endOf);
    await within(tools.until('running', 'waiting'), 'the call');
    app.get<AnnouncedRevocations>(Revocations).revoke(ALICE);
    await within(app.close(), 'the shutdown');
    await running;
    expect(app.get<AnnouncedRevocations>(Revocations).listeners.size).toBe(0);
  });
});

it('A subscription that cannot be ended does not end the shutdown', async () => {
  class Stuck extends AnnouncedRevocations {
    override subscribe(): () => void {
      return () => {
        throw new Error('redis://secret@cache');
      };
    }
  }
  @Injectable()
  class Last implements OnApplicationShutdown {
    isClosed = false;
    onApplicationShutdown(): void {
      this.isClosed = true;
    }
  }
  const { app, log } = await startMcpApp([Last, { provide: Revocations, useClass: Stuck }]);
  const last = app.get(Last);
  await app.close();
  expect(last.isClosed).toBe(true);
  const text = log.lines.join();
  expect(text).toContain('Revocations failed to end a subscription');
  expect(text).not.toContain('secret');
});

it('An endpoint whose authentication module revokes nothing holds nothing', async () => {
  const { app, url } = await mcpApp([ServedTools]);
  const stream = await (await openSession(url, 'alice')).listen('alice');
  expect(app.get(RevocationRegistry).size).toBe(0);
  await stream.body?.cancel();
});

async function mcpAppWithTokens() {
  class Names extends TokenAuthenticator {
    override authenticate = async (token: string) => principal(token);
  }
  const tokens = { provide: TokenAuthenticator, useClass: Names };
  const { app } = await mcpApp([ServedTools, REVOCATIONS, tokens]);
  return { app, revocations: app.get<AnnouncedRevocations>(Revocations) };
}

async function gone(isGone: () => boolean): Promise<void> {
  while (!isGone()) await new Promise((resolve) => setTimeout(resolve, 5));
}
