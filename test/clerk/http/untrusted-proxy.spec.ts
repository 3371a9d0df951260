import { Controller, Get, Logger, UseGuards, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { ADAPTERS, type AdapterName } from '../../support/adapters.js';
import { FakeClerk } from '../support/fake-clerk.js';

@Public()
@UseGuards(ClerkAuthGuard)
@Controller('open')
class OpenController {
  @Get()
  open() {
    return 'open';
  }
}

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());

let app: INestApplication;
let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((message) => void warnings.push(message));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await app.close();
});

async function start(name: AdapterName, trust: boolean) {
  const module = await Test.createTestingModule({
    imports: [ClerkAuthModule.forRoot(clerk.options())],
    controllers: [OpenController],
  }).compile();
  app = module.createNestApplication(adapterFor(name, trust), { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/open`;
  return async (headers: Record<string, string>, times = 1) => {
    for (let at = 0; at < times; at += 1) expect((await fetch(url, { headers })).status).toBe(200);
  };
}

function adapterFor(name: AdapterName, trust: boolean) {
  if (name === 'fastify') {
    return new FastifyAdapter({ trustProxy: trust ? 'loopback' : false }) as never;
  }
  const adapter = new ExpressAdapter();
  if (trust) adapter.set('trust proxy', 'loopback');
  return adapter as never;
}

describe.each(ADAPTERS)('A forwarded request on %s', (name) => {
  it.each([
    { 'x-forwarded-for': '203.0.113.77' },
    { forwarded: 'for=203.0.113.77;by=proxy.internal' },
  ])('is warned of once where no proxy is trusted, without what it says (%j)', async (headers) => {
    const get = await start(name, false);
    await get(headers, 3);
    expect(warnings).toEqual([expect.stringMatching(/TRUST_PROXY.*trustProxy/)]);
    expect(warnings.join()).not.toMatch(/203\.0\.113|internal/);
  });

  it('is not warned of where its proxy is trusted', async () => {
    const get = await start(name, true);
    await get({ 'x-forwarded-for': '203.0.113.77' });
    expect(warnings).toEqual([]);
  });

  it('is not warned of when it is none', async () => {
    const get = await start(name, false);
    await get({});
    expect(warnings).toEqual([]);
  });
});
