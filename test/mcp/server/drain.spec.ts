import { describe, expect, it } from 'vitest';
import { ServiceDrain } from '../../../src/drain/service-drain.js';
import { SteppedPauses } from '../../support/stepped-pauses.js';
import { call, mcpApp, rpc, within } from '../fixtures.js';
import { openSession } from './session-client.js';
import { ServedTools } from './tools.js';

const LISTEN = { notifications: { toolsListChanged: true } };
const SHUTTING_DOWN = { status: 503, message: 'Shutting down' };

async function start() {
  const pauses = new SteppedPauses();
  const { app, url } = await mcpApp([ServedTools], { override: pauses.override });
  const tools = app.get(ServedTools);
  const drain = app.get(ServiceDrain);
  /** Begins a drain, and ends the time in which requests are served on. */
  const drainToStreams = () => {
    const drained = drain.drain();
    pauses.end();
    return drained;
  };
  return { url, tools, drain, pauses, drainToStreams };
}

describe('A drain of the endpoint', () => {
  it('serves everything on at first', async () => {
    const { url, drain } = await start();
    const session = await openSession(url, 'alice');
    const streams = [await session.listen('alice'), await rpc(url, 'subscriptions/listen', LISTEN)];
    void drain.drain();
    const ended = streams.map((stream) => stream.text().then(() => 'ended'));
    for (const era of ['modern', 'legacy'] as const) {
      expect((await call(url, 'hello', {}, { era })).status).toBe(200);
    }
    expect((await session.call('hello', {}, 'alice')).status).toBe(200);
    expect((await openSession(url, 'bob')).id).not.toBe('');
    expect(await Promise.race([...ended, Promise.resolve('open')])).toBe('open');
  });

  it('then ends the streams, subscriptions with their result, while calls run on', async () => {
    const { url, tools, drainToStreams } = await start();
    const session = await openSession(url, 'alice');
    const get = await session.listen('alice');
    const subscription = await rpc(url, 'subscriptions/listen', LISTEN, { as: 'alice' });
    const calls = (['modern', 'legacy'] as const).map((era) =>
      call(url, 'deaf', { name: era }, { era }),
    );
    const onSession = session.call('deaf', { name: 'session' }, 'alice').then((one) => one.text());
    for (const name of ['modern', 'legacy', 'session']) await tools.until(name, 'waiting');

    const drained = drainToStreams();
    expect(await within(get.text(), 'the end of the stream')).not.toContain('"result"');
    expect(await within(subscription.text(), 'the end of the subscription')).toContain(
      '"resultType":"complete"',
    );

    for (const name of ['modern', 'legacy', 'session']) tools.release(name);
    for (const answer of await Promise.all(calls)) expect(answer.status).toBe(200);
    expect(await onSession).toContain('released');
    await within(drained, 'the drain');
  });

  it.each(['modern', 'legacy'] as const)('then refuses a new %s call', async (era) => {
    const { url, tools, drainToStreams } = await start();
    const running = call(url, 'deaf', { name: 'running' });
    await tools.until('running', 'waiting');
    const drained = drainToStreams();
    await within(untilRefused(url), 'a refusal');
    const { status, error } = await call(url, 'hello', {}, { era });
    expect({ status, message: error?.message }).toEqual(SHUTTING_DOWN);
    const listen = await rpc(url, 'subscriptions/listen', LISTEN);
    expect(listen.status).toBe(503);
    expect(listen.headers.get('connection')).toBe('close');
    expect(listen.headers.get('retry-after')).toBe('5');
    tools.release('running');
    expect((await running).status).toBe(200);
    await drained;
  });

  it('then takes the messages of a client that only answers or ends', async () => {
    const { url, tools, drainToStreams } = await start();
    const session = await openSession(url, 'alice');
    const running = session.call('deaf', { name: 'running' }, 'alice').then((one) => one.text());
    await tools.until('running', 'waiting');
    void drainToStreams();
    await within(untilRefused(url), 'a refusal');
    const post = (message: object) =>
      fetch(url, {
        method: 'POST',
        headers: {
          authorization: 'Bearer alice',
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'mcp-session-id': session.id,
        },
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      });
    expect((await post({ id: 99, result: {} })).status).toBe(202);
    expect((await post({ method: 'notifications/roots/list_changed' })).status).toBe(202);
    expect((await session.listen('alice')).status).toBe(503);
    tools.release('running');
    expect(await running).toContain('released');
    expect((await session.delete('alice')).status).toBe(200);
  });

  it('leaves a call that never ends to the end of the application', async () => {
    const { url, tools, pauses, drainToStreams } = await start();
    const running = call(url, 'deaf', { name: 'running' });
    await tools.until('running', 'waiting');
    const drained = drainToStreams();
    while (pauses.waiting.length === 0) await tick();
    pauses.end();
    await within(drained, 'the drain');
    tools.release('running');
    expect((await running).status).toBe(200);
  });
});

async function untilRefused(url: string): Promise<void> {
  while ((await call(url, 'hello')).status !== 503) await tick();
}

const tick = () => new Promise((resolve) => setImmediate(resolve));
