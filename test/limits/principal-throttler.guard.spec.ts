import type { ThrottlerStorage } from '@nestjs/throttler';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LimitsOptions } from '../../src/index.js';
import { BoundedThrottlerStorage } from '../../src/limits/bounded-throttler.storage.js';
import { CLIENT_MODES, connect } from '../mcp/clients.js';
import { call, rpc, toolNames } from '../mcp/fixtures.js';
import { MINUTE, PLACES, TOO_MANY, TWICE, anonymous, rest, start } from './throttled-app.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a request is answered with that is over a limit before it reaches any tool. */
async function expect429(response: Response): Promise<void> {
  expect(response.status).toBe(429);
  expect(await response.json()).toEqual({
    jsonrpc: '2.0',
    id: expect.any(Number),
    error: { code: -32_000, message: expect.stringMatching(TOO_MANY) },
  });
  expect(Number(response.headers.get('retry-after'))).toBe(61);
  expect(response.headers.get('retry-after-principal')).toBeNull();
}

describe('The limit of a principal', () => {
  it('is answered 429 at the endpoint, with Retry-After', async () => {
    const { url } = await start({ principal: TWICE });
    for (const rest of ['1', '0']) {
      const response = await rpc(url, 'tools/list', {}, { as: 'alice' });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-ratelimit-limit-principal')).toBe('2');
      expect(response.headers.get('x-ratelimit-remaining-principal')).toBe(rest);
    }
    await expect429(await rpc(url, 'tools/list', {}, { as: 'alice' }));
    await expect429(await rpc(url, 'tools/call', { name: 'plain' }, { as: 'alice' }));
    expect(await toolNames(url, 'bob')).toContain('plain');
  });

  it('ends with its time', async () => {
    const { url } = await start({ principal: TWICE });
    await call(url, 'plain');
    await call(url, 'plain');
    expect((await call(url, 'plain')).status).toBe(429);
    vi.advanceTimersByTime(61_000);
    expect((await call(url, 'plain')).text).toBe('plain');
  });

  it('counts a call once, wherever the guard is listed', async () => {
    for (const places of [PLACES, ...PLACES.map((place) => [place])]) {
      const { url } = await start({ principal: TWICE }, places);
      expect((await call(url, 'plain')).text).toBe('plain');
      expect((await call(url, 'once')).text).toBe('once');
      const third = await call(url, 'open');
      if (places.includes('endpoint')) expect(third.status).toBe(429);
      else expect(third).toMatchObject({ status: 200, result: { isError: true } });
      expect(third.text ?? third.error?.message).toMatch(TOO_MANY);
    }
  });

  describe.each<[string, ('endpoint' | 'application')[]]>([
    ['at the endpoint alone', ['endpoint']],
    ['everywhere', ['endpoint', 'application']],
  ])('listed %s', (_, places) => {
    const batch = async (url: string, ...methods: string[]) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          authorization: 'Bearer alice',
        },
        body: JSON.stringify(
          methods.map((method, id) => ({
            jsonrpc: '2.0',
            id,
            method,
            params: method === 'tools/call' ? { name: 'plain', arguments: {} } : {},
          })),
        ),
      });
      return { status: response.status, answer: await response.json() };
    };
    const CALL = 'tools/call';

    it.each([
      ['calls', [CALL, CALL, CALL]],
      ['lists', ['tools/list', 'tools/list', 'resources/list']],
      ['messages of any kind', ['ping', CALL, 'no/such/method']],
    ])('counts a batch of %s as its messages, once', async (_kind, methods) => {
      const { url } = await start({ principal: { limit: 4, ttlMs: MINUTE } }, places);
      const { status, answer } = await batch(url, ...methods);
      expect(status).toBe(200);
      expect(JSON.stringify(answer)).not.toContain('Too many requests');
      expect((await call(url, 'plain')).text).toBe('plain');
      expect((await call(url, 'plain')).status).toBe(429);
    });

    it('refuses a batch of which not every message may come, before any of them runs', async () => {
      const { url } = await start({ principal: { limit: 3, ttlMs: MINUTE } }, places);
      const { status, answer } = await batch(url, CALL, CALL, CALL, CALL);
      expect(status).toBe(429);
      expect(answer).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
    });
  });

  it('counts routes and tools together, and a subject through any client', async () => {
    const { url } = await start({ principal: TWICE }, ['endpoint']);
    expect((await rest(url, 'plain')).status).toBe(200);
    expect((await call(url, 'plain', {}, { as: 'alice:other:scope' })).text).toBe('plain');
    const response = await rest(url, 'plain');
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(TOO_MANY) });
    expect(response.headers.get('retry-after')).toBe('61');
    expect((await rest(url, 'plain', 'bob')).status).toBe(200);
  });

  it('counts anonymous callers by their address, IPv6 by its network', async () => {
    const { url } = await start({ principal: TWICE });
    for (const address of ['2001:db8::1', '2001:db8::2']) {
      expect((await call(url, 'open', {}, anonymous(address))).text).toBe('open');
    }
    expect((await call(url, 'open', {}, anonymous('2001:db8::3'))).status).toBe(429);
    expect((await call(url, 'open', {}, anonymous('2001:db8:0:1::'))).text).toBe('open');
    expect((await call(url, 'open', {}, anonymous('203.0.113.1'))).text).toBe('open');
    expect((await call(url, 'open')).text).toBe('open');
  });

  it('is not used up by requests that are refused before they are authenticated', async () => {
    const { url } = await start({ principal: TWICE });
    const { headers } = anonymous();
    for (let at = 0; at < 5; at += 1) {
      const refused = { headers: { ...headers, authorization: 'Bearer bad' } };
      expect((await rpc(url, 'tools/list', {}, refused)).status).toBe(401);
    }
    expect((await call(url, 'open', {}, anonymous())).text).toBe('open');
  });
});

describe('The limit of an OAuth client', () => {
  it('counts all of its users, and tells nobody what the others have left', async () => {
    const { url } = await start({ client: TWICE });
    expect((await call(url, 'plain', {}, { as: 'alice' })).text).toBe('plain');
    const response = await rpc(url, 'tools/list', {}, { as: 'bob' });
    expect([...response.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual(
      [],
    );
    const refused = await call(url, 'plain', {}, { as: 'carol' });
    expect(refused).toMatchObject({ status: 429 });
    expect((await call(url, 'open', {}, anonymous())).text).toBe('open');
  });
});

describe('The limit of a handler', () => {
  it.each(CLIENT_MODES)('is a tool result with isError, client %s', async (mode) => {
    const { url } = await start({});
    const alice = await connect(mode, url, 'alice');
    expect(await alice.callTool('once')).toMatchObject({ content: [{ text: 'once' }] });
    expect(await alice.callTool('once')).toMatchObject({
      isError: true,
      content: [{ text: 'Too many requests. Try again in 61 seconds.' }],
    });
    expect(await alice.callTool('plain')).toMatchObject({ content: [{ text: 'plain' }] });
    const bob = await connect(mode, url, 'bob');
    expect(await bob.callTool('once')).toMatchObject({ content: [{ text: 'once' }] });
  });

  it('holds for each tool, resource and route by itself, and not for the endpoint', async () => {
    const { url } = await start({ handler: TWICE });
    for (let at = 0; at < 5; at += 1) expect(await toolNames(url)).toContain('plain');
    for (const outcome of ['plain', 'plain', undefined]) {
      const { text, result } = await call(url, 'plain');
      if (outcome) expect(text).toBe(outcome);
      else expect(result?.isError).toBe(true);
    }
    const read = async () => {
      const response = await rpc(url, 'resources/read', { uri: 'notes://all' }, { as: 'alice' });
      return ((await response.json()) as { error?: { message: string } }).error?.message;
    };
    expect([await read(), await read()]).toEqual([undefined, undefined]);
    expect(await read()).toMatch(TOO_MANY);
  });

  it('gives way to @Throttle() and to @SkipThrottle()', async () => {
    const { url } = await start({ handler: TWICE, principal: { limit: 20, ttlMs: MINUTE } }, [
      'application',
    ]);
    await call(url, 'once');
    expect((await call(url, 'once')).text).toMatch(TOO_MANY);
    for (let at = 0; at < 30; at += 1) expect((await call(url, 'free')).text).toBe('free');
    expect((await call(url, 'plain')).text).toBe('plain');
  });

  it('holds on a route, where the decorators mean the same', async () => {
    const { url } = await start({ handler: TWICE }, ['endpoint']);
    expect((await rest(url, 'once')).status).toBe(200);
    expect((await rest(url, 'once')).status).toBe(429);
    for (let at = 0; at < 5; at += 1) expect((await rest(url, 'free')).status).toBe(200);
    expect((await rest(url, 'plain')).headers.get('x-ratelimit-remaining')).toBe('1');
  });
});

describe('A decorator that does not concern a limit', () => {
  it.each<[string, () => LimitsOptions]>([
    ['none', () => ({})],
    ['of the handler', () => ({ handler: TWICE })],
    ['of the principal', () => ({ principal: TWICE })],
    ['of the client', () => ({ client: TWICE })],
    ['with a block', () => ({ principal: { ...TWICE, blockDurationMs: 5_000 } })],
    ['all', () => ({ handler: { limit: 3, ttlMs: 2 * MINUTE }, principal: TWICE, client: TWICE })],
    ['in a storage that is asynchronous', () => ({ principal: TWICE, storage: new Later() })],
  ])('changes nothing: limit %s', async (_name, limits) => {
    const seen: unknown[] = [];
    for (const path of ['plain', 'decorated']) {
      const { url } = await start(limits(), ['endpoint']);
      const answers = [];
      for (const caller of [
        'alice:one:scope',
        'alice:one:scope',
        'bob:one:scope',
        'alice:one:scope',
      ]) {
        const { status, headers } = await rest(url, path, caller);
        const limited = [...headers].filter(([name]) => /ratelimit|retry/.test(name));
        answers.push({ status, limited });
      }
      seen.push(answers);
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(JSON.stringify(seen).includes('429')).toBe(Object.keys(limits()).length > 0);
  });
});

/** Counts in this process, with an answer in a later turn of the event loop. */
class Later implements ThrottlerStorage {
  private counts = new BoundedThrottlerStorage(100);

  async increment(...[key, ...hit]: Parameters<ThrottlerStorage['increment']>) {
    await new Promise((resolve) => setImmediate(resolve));
    return this.counts.increment(key, ...hit);
  }
}
