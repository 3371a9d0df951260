import { describe, expect, it } from 'vitest';
import { MemoryBudget, MemoryShare } from '../../../src/mcp/protocol/memory-budget.js';
import { McpResourceTemplate } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { SessionDirectory } from '../../../src/mcp/server/session-directory.js';
import { ownerKey } from '../../../src/request/principal.js';
import { mcpApp, principal } from '../fixtures.js';
import { openSession } from './session-client.js';
import { ServedTools } from './tools.js';
import { WireSession } from './wire-session.js';

describe('the memory of sessions', () => {
  const KB = 1024;
  const LIMITS = { idleMs: 60_000, max: 1_000, maxPerPrincipal: 100, graceMs: 0 };

  function directory(limit: number) {
    const closed: string[] = [];
    const memory = new MemoryShare(() => limit);
    const sessions = new SessionDirectory<{ close(): Promise<void> }>({ ...LIMITS, memory });
    const open = (id: string, who?: ReturnType<typeof principal>, bytes = 0) =>
      sessions.add({
        id,
        server: { close: async () => void closed.push(id) },
        transport: {} as never,
        events: {} as never,
        owner: ownerKey(who),
        principal: who,
        bytes,
      });
    return { sessions, memory, closed, open };
  }

  it('counts what a client says of itself', () => {
    const { memory, open, sessions } = directory(Infinity);
    open('a');
    const base = memory.used;
    open('b', undefined, 100 * KB);
    expect(memory.used - base).toBe(base + 100 * KB);
    sessions.remove('b');
    sessions.remove('a');
    expect(memory.used).toBe(0);
  });

  it('goes to those who sign in before those who do not', () => {
    const { closed, open } = directory(25 * KB);
    open('anonymous 1');
    open('ada', principal('ada'));
    open('anonymous 2');
    open('grace', principal('grace'), 10 * KB);
    expect(closed).toEqual(['anonymous 1']);
    open('alan', principal('alan'), 4 * KB);
    expect(closed).toEqual(['anonymous 1', 'anonymous 2', 'ada']);
  });

  it('is not taken from a session that is in use by somebody', () => {
    const { closed, open, sessions } = directory(12.5 * KB);
    sessions.markInUse(open('busy', principal('ada')));
    open('idle', principal('grace'));
    open('new', principal('alan'), KB);
    expect(closed).toEqual(['idle']);
  });

  it('is given back by subscriptions when their session ends', async () => {
    class Documents {
      @McpResourceTemplate({ uriTemplate: 'doc://{id}' })
      read() {
        return '';
      }
    }
    const { app, url } = await mcpApp([Documents], { limits: { subscriptionUris: 3 } });
    const { sessions } = app.get(MemoryBudget, { strict: false });
    const session = await openSession(url, 'alice');
    // From here on, the session has a server of the SDK.
    await session.send('resources/unsubscribe', { uri: 'doc://a' }, 'alice');
    const before = sessions.used;
    const subscribe = async (id: string) => {
      const uri = `doc://${id.repeat(1_000)}`;
      return (await session.send('resources/subscribe', { uri }, 'alice')).text();
    };
    for (const id of ['a', 'b', 'b', 'c']) expect(await subscribe(id)).toContain('"result":{}');
    expect(sessions.used - before).toBeGreaterThan(6_000);
    expect(sessions.used - before).toBeLessThan(7_000);
    expect(await subscribe('d')).toContain('-32602');
    await session.delete('alice');
    expect(sessions.used).toBe(0);
  });

  it('is taken for a server of the SDK only by sessions that need one', async () => {
    const { app, url } = await mcpApp([ServedTools]);
    const { sessions } = app.get(MemoryBudget, { strict: false });
    const session = await WireSession.open(url);
    const before = sessions.used;
    expect(before).toBeLessThan(8 * KB);
    const request = (id: number, method: string, params: object) =>
      session.post({ jsonrpc: '2.0', id, method, params });
    await (await request(1, 'tools/call', { name: 'hello', arguments: {} })).text();
    await session.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await session.cancel(7);
    const stream = await session.get();
    await stream.body?.cancel();
    expect(sessions.used).toBe(before);
    const answers = ['debug', 'error'].map(async (level, id) =>
      (await request(id, 'logging/setLevel', { level })).text(),
    );
    for (const text of await Promise.all(answers)) expect(text).toContain('"result":{}');
    expect(sessions.used - before).toBeGreaterThan(20 * KB);
    expect(sessions.used - before).toBeLessThan(40 * KB);
    await session.delete();
    expect(sessions.used).toBe(0);
  });
});
