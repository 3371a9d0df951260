import { connect as connectSocket } from 'node:net';
import { once } from 'node:events';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { call, rpc, startMcpApp, within } from '../fixtures.js';
import { openSession, sessionCount } from './session-client.js';
import { ServedTools } from './tools.js';

const start = async (forceCloseConnections = false) => {
  const adapter = new FastifyAdapter({ forceCloseConnections });
  const mcp = await startMcpApp([ServedTools], { adapter });
  const close = () => within(mcp.app.close(), 'the shutdown');
  return { ...mcp, close, tools: mcp.app.get(ServedTools) };
};

describe.each([false, true])('app.close() with forceCloseConnections: %s', (force) => {
  it('ends an open stream of a session', async () => {
    const { app, url, close } = await start(force);
    const stream = await (await openSession(url, 'alice')).listen('alice');
    expect(stream.status).toBe(200);
    await close();
    await within(stream.text(), 'the end of the stream');
    expect(sessionCount(app)).toBe(0);
  });

  it('ends a subscription, with a result that says so', async () => {
    const { url, close } = await start(force);
    const params = { notifications: { toolsListChanged: true } };
    const stream = await rpc(url, 'subscriptions/listen', params, { as: 'alice' });
    await close();
    expect(await within(stream.text(), 'the end of the stream')).toContain(
      '"resultType":"complete"',
    );
  });

  it('closes idle connections', async () => {
    const { url, close } = await start(force);
    const { hostname, port } = new URL(url);
    const idle = connectSocket(Number(port), hostname);
    await once(idle, 'connect');
    idle.write('GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
    await once(idle, 'data');
    const ended = once(idle, 'close');
    await close();
    await within(ended, 'the end of the connection');
  });

  it.each(['modern', 'legacy'] as const)('aborts a %s call that is running', async (era) => {
    const { url, close, tools } = await start(force);
    const running = call(url, 'wait', { name: 'running' }, { era });
    await within(tools.until('running', 'waiting'), 'the call');
    await close();
    const { status, error } = await within(running, 'an answer');
    expect({ status, message: error?.message }).toEqual({ status: 503, message: 'Shutting down' });
    await within(tools.until('running', 'aborted'), 'the abort');
  });

  it.each(['modern', 'legacy'] as const)(
    'does not wait for a %s call that ignores it',
    async (era) => {
      const { url, close, tools } = await start(force);
      const running = call(url, 'deaf', { name: 'running' }, { era });
      await within(tools.until('running', 'waiting'), 'the call');
      await close();
      expect((await within(running, 'an answer')).status).toBe(503);
      tools.release('running');
    },
  );

  it('ends a call on a session that ignores it', async () => {
    const { url, close, tools } = await start(force);
    const session = await openSession(url, 'alice');
    const running = session.call('deaf', { name: 'running' }, 'alice').then((one) => one.text());
    await within(tools.until('running', 'waiting'), 'the call');
    await close();
    expect(await within(running, 'an answer')).toContain('Shutting down');
    tools.release('running');
  });

  it('is not held by calls that arrive while it runs', async () => {
    const { url, close } = await start(force);
    const closed = new AbortController();
    const calls = Array.from({ length: 60 }, async (_, index) => {
      const era = index % 2 === 0 ? 'modern' : 'legacy';
      const args = { message: 'hi', delayMs: index % 5 };
      while (!closed.signal.aborted) await call(url, 'echo', args, { era }).catch(() => undefined);
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await close();
    closed.abort();
    await within(Promise.all(calls), 'the end of the calls');
  });

  it('may be called twice', async () => {
    const { close } = await start(force);
    await Promise.all([close(), close()]);
  });
});

it('a connection that was never used holds no application that forces connections to close', async () => {
  const { url, close } = await start(true);
  const { hostname, port } = new URL(url);
  const unused = connectSocket(Number(port), hostname);
  await once(unused, 'connect');
  const ended = once(unused, 'close');
  await close();
  await within(ended, 'the end of the connection');
});
