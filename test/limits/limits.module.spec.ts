import { APP_GUARD } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule, type ThrottlerStorage } from '@nestjs/throttler';
import { describe, expect, it, vi } from 'vitest';
import { LimitsModule, PrincipalThrottlerGuard } from '../../src/index.js';
import { callerKey, principalOf } from '../../src/extend.js';
import { NameGuard, boot, call, mcpApp, rpc } from '../mcp/fixtures.js';
import { MINUTE, TWICE, Tools, start } from './throttled-app.js';

const fail = (): never => {
  throw new Error('ECONNREFUSED 6379');
};

describe('LimitsModule', () => {
  it('counts in the storage that it is given', async () => {
    const increment = vi.fn<ThrottlerStorage['increment']>(async () => ({
      totalHits: 1,
      timeToExpire: 1,
      isBlocked: true,
      timeToBlockExpire: 7,
    }));
    const { url } = await start({ principal: TWICE, storage: { increment } });
    const response = await rpc(url, 'tools/list', {}, { as: 'alice' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expect(increment).toHaveBeenCalledExactlyOnceWith(
      '["https://issuer.test","user_alice"]',
      MINUTE,
      2,
      0,
      'principal',
    );
  });

  it.each([
    [{ principal: { limit: 0, ttlMs: 1 } }, 'principal.limit is 0'],
    [{ client: { limit: Number.NaN, ttlMs: 1 } }, 'client.limit is NaN'],
    [{ handler: { limit: 1, ttlMs: 0 } }, 'handler.ttlMs is 0'],
    [{ handler: { limit: 1, ttlMs: 1, blockDurationMs: -1 } }, 'handler.blockDurationMs is -1'],
    [{ maxKeys: 1.5 }, 'maxKeys is 1.5'],
    [{ storageTimeoutMs: 0 }, 'storageTimeoutMs is 0'],
  ])('stops the boot for %o', async (options, problem) => {
    const imports = [LimitsModule.forRoot(options)];
    await expect(boot([], { metadata: { imports } })).rejects.toThrow(problem);
  });

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
    ['hangs', () => new Promise<never>(() => undefined)],
    ['answers nothing', async () => undefined as never],
  ])('counts in this process while a storage %s', async (_, increment) => {
    const storage = { increment };
    const { url, log } = await start({ principal: TWICE, storage, storageTimeoutMs: 20 });
    const statuses: number[] = [];
    for (let request = 0; request < 3; request += 1) {
      statuses.push((await rpc(url, 'tools/list', {}, { as: 'alice' })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    expect((await rpc(url, 'tools/list', {}, { as: 'bob' })).status).toBe(200);
    const lines = log.lines.filter((line) => line.includes('The storage of LimitsModule'));
    expect(lines).toEqual([expect.stringContaining('counted by this node alone')]);
    expect(log.lines.join()).not.toContain('ECONNREFUSED');
  });

  it('gets on with the ThrottlerModule of a host, whose guard works on tools as well', async () => {
    const { url } = await mcpApp([Tools], {
      guards: [NameGuard, PrincipalThrottlerGuard],
      metadata: {
        imports: [
          LimitsModule.forRoot({ principal: { limit: 4, ttlMs: MINUTE } }),
          ThrottlerModule.forRoot({
            throttlers: [{ limit: 100, ttl: MINUTE }],
            getTracker: (request) => callerKey(request, principalOf(request)),
          }),
        ],
        providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
      },
    });
    expect((await call(url, 'once')).text).toBe('once');
    expect(await call(url, 'once')).toMatchObject({
      text: 'ThrottlerException: Too Many Requests',
      result: { isError: true },
    });
    expect((await call(url, 'once', {}, { as: 'bob' })).text).toBe('once');
    expect((await call(url, 'plain')).text).toBe('plain');
    expect((await call(url, 'plain')).text).toBe('plain');
    expect((await call(url, 'plain')).status).toBe(429);
  });
});
