import { gzipSync } from 'node:zlib';
import { Logger, type INestApplication } from '@nestjs/common';
import nest from '@nestjs/core/package.json' with { type: 'json' };
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Revocation } from '../../../src/access/revocation.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { ClerkRevocations } from '../../../src/clerk/revocation/clerk-revocations.js';
import { ADAPTERS, createAdapter, type AdapterName } from '../../support/adapters.js';
import { sendRaw } from '../../support/raw-socket.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk } from '../support/fake-clerk.js';
import { event, signed, SIGNING_SECRET, type Signed } from './signed-webhook.js';

const PATH = '/webhooks/clerk';
const ENDED = event('session.ended', { id: 'sess_1' });

const errors = catchErrorLog();
let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());

let app: INestApplication;
let url: string;
let revoked: Revocation[];
beforeEach(() => void vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined));
afterEach(async () => {
  vi.restoreAllMocks();
  await app.close();
});

async function start(name: AdapterName): Promise<void> {
  const webhooks = { signingSecret: SIGNING_SECRET };
  const module = await Test.createTestingModule({
    imports: [ClerkAuthModule.forRoot(clerk.options({ webhooks }))],
  }).compile();
  const adapter = name === 'fastify' ? createAdapter(name) : new ExpressAdapter();
  app = module.createNestApplication(adapter as never, { logger: false, rawBody: true });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  revoked = [];
  app.get(ClerkRevocations).subscribe((revocation) => revoked.push(revocation));
}

const post = async ({ body, headers }: Signed): Promise<number> =>
  (await fetch(`${url}${PATH}`, { method: 'POST', body, headers })).status;

const changed = ({ body, headers }: Signed, changes: Record<string, string>): Signed => ({
  body,
  headers: { ...headers, ...changes },
});

describe.each(ADAPTERS)('A webhook with a bad body on %s', (adapter) => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'text/json',
    'application/x+json',
  ])('answers a delivery of type %s 415, signed or not', async (type) => {
    await start(adapter);
    const delivery = changed(signed(ENDED), { 'content-type': type });
    expect(await post(delivery)).toBe(415);
    expect(await post({ body: delivery.body, headers: { 'content-type': type } })).toBe(415);
    expect(revoked).toEqual([]);
    expect(errors()).toEqual([]);
  });

  it('takes JSON with a charset', async () => {
    await start(adapter);
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect(await post(changed(signed(ENDED), headers))).toBe(204);
  });

  it.each([
    ['no body and no type', {}, 415],
    ['JSON without a body', { 'Content-Type': 'application/json' }, 400],
    ['JSON of no length', { 'Content-Type': 'application/json', 'Content-Length': '0' }, 400],
  ])('answers %s, in the words of a client error', async (_, headers, status) => {
    await start(adapter);
    const lines = Object.entries({ Host: 'localhost', Connection: 'close', ...headers });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    expect((await sendRaw(url, `POST ${PATH} HTTP/1.1\r\n${head}\r\n`)).status).toBe(status);
    expect(errors()).toEqual([]);
  });

  it.each([
    ['compressed', gzipSync(JSON.stringify(ENDED)), 'gzip'],
    ['not what it says', Buffer.from(JSON.stringify(ENDED)), 'gzip'],
    ['in an unknown coding', Buffer.from(JSON.stringify(ENDED)), 'made-up'],
  ])('refuses a body that is %s', async (_, body, coding) => {
    await start(adapter);
    const { headers } = signed(event('user.created', {}));
    const response = await fetch(`${url}${PATH}`, {
      method: 'POST',
      headers: { ...headers, 'content-encoding': coding },
      body: new Uint8Array(body),
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(revoked).toEqual([]);
    // Nest 11 logs what the body parser of Express refuses, on every route of an application.
    const isLoggedByNest = adapter === 'express' && nest.version.startsWith('11.');
    if (!isLoggedByNest) expect(errors()).toEqual([]);
  });
});
