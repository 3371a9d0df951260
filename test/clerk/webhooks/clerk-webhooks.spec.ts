import { Logger, type INestApplication } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Revocation } from '../../../src/access/revocation.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthExtras, ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { ClerkRevocations } from '../../../src/clerk/revocation/clerk-revocations.js';
import { RevocationBus } from '../../../src/clerk/revocation/revocation-bus.js';
import { ADAPTERS, createAdapter, type AdapterName } from '../../support/adapters.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk } from '../support/fake-clerk.js';
import { event, signed, SIGNING_SECRET, type Signed } from './signed-webhook.js';

const PATH = '/webhooks/clerk';
const LIMIT = 1_000_000;
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
let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((message) => void warnings.push(message));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await app.close();
});

interface Setup {
  readonly options?: Partial<ClerkAuthOptions & ClerkAuthExtras>;
  readonly rawBody?: boolean;
  readonly prefix?: string;
  readonly bus?: RevocationBus;
}

async function start(adapter: AdapterName, setup: Setup = {}) {
  const { options = { webhooks: { signingSecret: SIGNING_SECRET } }, prefix, bus } = setup;
  const builder = Test.createTestingModule({
    imports: [ClerkAuthModule.forRoot({ ...clerk.options(), ...options })],
    // As a host has it that protects all of its routes.
    providers: [{ provide: APP_GUARD, useClass: ClerkAuthGuard }],
  });
  if (bus) builder.overrideProvider(RevocationBus).useValue(bus);
  const module = await builder.compile();
  app = module.createNestApplication(withLimit(adapter, setup.rawBody) as never, {
    logger: false,
  });
  if (prefix) app.setGlobalPrefix(prefix);
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  revoked = [];
  app.get(ClerkRevocations).subscribe((revocation) => revoked.push(revocation));
}

/** As `rawBody: true` and a limit of the host make it. */
function withLimit(name: AdapterName, rawBody = true) {
  if (name === 'fastify') return createAdapter(name, LIMIT);
  const adapter = new ExpressAdapter();
  adapter.useBodyParser('json', rawBody, { limit: LIMIT });
  return adapter;
}

const post = async ({ body, headers }: Signed, path = PATH): Promise<number> =>
  (await fetch(`${url}${path}`, { method: 'POST', body, headers })).status;
const seconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset;

describe.each(ADAPTERS)('The webhook endpoint on %s', (adapter) => {
  it('carries out what Clerk signed', async () => {
    await start(adapter);
    expect(await post(signed(ENDED))).toBe(204);
    expect(await post(signed(event('user.deleted', { id: 'user_1' })))).toBe(204);
    expect(revoked).toEqual([{ sessionId: 'sess_1' }, { userId: 'user_1' }]);
  });

  it('takes events that revoke nothing, and what is no event', async () => {
    await start(adapter);
    expect(await post(signed(event('user.created', { id: 'user_1' })))).toBe(204);
    expect(await post(signed(event('something.new', {})))).toBe(204);
    expect(await post(signed({ hello: 'world' }))).toBe(204);
    expect(await post(signed([]))).toBe(204);
    expect(revoked).toEqual([]);
    expect(errors()).toEqual([]);
  });

  it('verifies the bytes, not what they mean', async () => {
    await start(adapter);
    const { body, headers } = signed(`  ${JSON.stringify(ENDED, null, 3)}\n`);
    expect(await post({ headers, body: JSON.stringify(JSON.parse(body)) })).toBe(400);
    expect(await post({ headers, body })).toBe(204);
    const unicode = event('session.ended', { id: 'sess_1', name: 'Ada \u{1F980} \u0000' });
    expect(await post(signed(unicode))).toBe(204);
    expect(revoked).toHaveLength(2);
  });

  const other = `whsec_${Buffer.from('another key, somebody else').toString('base64')}`;
  it.each<[string, () => Signed]>([
    ['signed by somebody else', () => signed(ENDED, { secret: other })],
    ['not signed', () => without(signed(ENDED), 'svix-signature')],
    ['without an id', () => without(signed(ENDED), 'svix-id')],
    ['without a time', () => without(signed(ENDED), 'svix-timestamp')],
    ['with another body', () => ({ ...signed(ENDED), body: JSON.stringify(event('x.y', {})) })],
    ['with another id', () => changed(signed(ENDED), { 'svix-id': 'msg_other' })],
    ['with another time', () => changed(signed(ENDED), { 'svix-timestamp': `${seconds(1)}` })],
    ['with a time that is none', () => changed(signed(ENDED), { 'svix-timestamp': 'now' })],
    ['older than five minutes', () => signed(ENDED, { at: seconds(-310) })],
    ['from the future', () => signed(ENDED, { at: seconds(310) })],
    ['of another version', () => version(signed(ENDED), 'v2')],
    ['with half a signature', () => cut(signed(ENDED))],
    ['with no signature in the list', () => changed(signed(ENDED), { 'svix-signature': ' ' })],
    ['with headers of another scheme', () => renamed(signed(ENDED))],
    ['signed without a secret', () => signed(ENDED, { secret: '' })],
  ])('turns away what is %s', async (_, forge) => {
    await start(adapter);
    expect(await post(forge())).toBe(400);
    expect(revoked).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify([warnings, errors()])).not.toContain(SIGNING_SECRET.slice(6));
  });

  it('says so once in a while, however many there are', async () => {
    await start(adapter);
    await Promise.all(Array.from({ length: 30 }, () => post(signed(ENDED, { secret: other }))));
    expect(warnings).toHaveLength(1);
  });

  it('takes one of several signatures, as during a change of the secret', async () => {
    await start(adapter);
    const id = 'msg_1';
    const at = seconds();
    const [good, bad] = [signed(ENDED, { id, at }), signed(ENDED, { id, at, secret: other })];
    const both = `${bad.headers['svix-signature']} ${good.headers['svix-signature']}`;
    expect(await post(changed(good, { 'svix-signature': both }))).toBe(204);
  });

  it('carries a replayed delivery out once', async () => {
    await start(adapter);
    const delivery = signed(ENDED, { id: 'msg_1' });
    expect(await post(delivery)).toBe(204);
    expect(await post(delivery)).toBe(204);
    expect(await post(signed(ENDED, { id: 'msg_1', at: seconds(-60) }))).toBe(204);
    expect(revoked).toHaveLength(1);
    expect(await post(signed(ENDED, { id: 'msg_2' }))).toBe(204);
    expect(revoked).toHaveLength(2);
  });

  it('answers an oversized delivery 413, signed or not, and goes on', async () => {
    await start(adapter);
    const large = signed(event('session.ended', { id: 'sess_1', filler: 'x'.repeat(131_072) }));
    expect(await post(large)).toBe(413);
    expect(await post({ body: large.body, headers: { 'content-type': 'application/json' } })).toBe(
      413,
    );
    expect(revoked).toEqual([]);
    const fits = signed(event('session.ended', { id: 'sess_1', filler: 'x'.repeat(120_000) }));
    expect(await post(fits)).toBe(204);
  });

  it('refuses what is signed and not JSON', async () => {
    await start(adapter);
    expect(await post(signed('{"type":'))).toBe(400);
    expect(await post(signed(''))).toBe(400);
    expect(revoked).toEqual([]);
  });

  it('is not there without a secret', async () => {
    await start(adapter, { options: {} });
    expect(await post(signed(ENDED))).toBe(404);
    expect(revoked).toEqual([]);
  });

  it('knows POST only', async () => {
    await start(adapter);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await fetch(`${url}${PATH}`, { method })).status).toBe(404);
    }
  });

  it('is where the module says, below the prefix of the application', async () => {
    const webhooks = { signingSecret: SIGNING_SECRET };
    await start(adapter, { options: { webhooks, webhookPath: 'hooks/clerk' }, prefix: 'api' });
    expect(await post(signed(ENDED), '/api/hooks/clerk')).toBe(204);
    expect(await post(signed(ENDED), '/webhooks/clerk')).toBe(404);
    expect(revoked).toHaveLength(1);
  });

  it('asks the application what an event revokes', async () => {
    const seen: unknown[] = [];
    const revocationOf = async (...args: readonly unknown[]): Promise<Revocation | undefined> => {
      seen.push(args);
      const [{ type, data }] = args as [{ type: string; data: { user_id: string } }];
      if (type === 'user.updated') return undefined;
      return { userId: data.user_id, clientId: 'client_1' };
    };
    await start(adapter, {
      options: { webhooks: { signingSecret: SIGNING_SECRET, revocationOf } },
    });
    const locked = event('user.updated', { id: 'user_1', locked: true }, 1_700_000_000_000);
    await post(signed(locked));
    await post(signed(event('oauthGrant.revoked', { user_id: 'user_1' }, 1_700_000_000_000)));
    expect(revoked).toEqual([{ userId: 'user_1', clientId: 'client_1' }]);
    const read = { instanceId: 'ins_1', timestamp: 1_700_000_000_000 };
    expect(seen).toEqual([
      [
        { ...read, type: 'user.updated', data: locked.data },
        { userId: 'user_1', before: 1_700_000_000_000 },
      ],
      [{ ...read, type: 'oauthGrant.revoked', data: { user_id: 'user_1' } }, undefined],
    ]);
  });

  it('asks Clerk to send again what it could not carry out', async () => {
    let fails = true;
    class Flaky extends RevocationBus {
      publish(): void {
        if (fails) throw new Error('the network is down');
      }
      subscribe() {
        return () => undefined;
      }
    }
    await start(adapter, { bus: new Flaky() });
    const delivery = signed(ENDED, { id: 'msg_1' });
    expect(await post(delivery)).toBe(503);
    expect(errors()).toEqual([expect.stringContaining('session.ended')]);
    expect(revoked, 'in force here, whatever the bus does').toHaveLength(1);
    fails = false;
    expect(await post(delivery)).toBe(204);
  });
});

it('On Express without rawBody nothing is verified, and the log says what to do', async () => {
  await start('express', { rawBody: false });
  expect(await post(signed(ENDED))).toBe(500);
  expect(await post(signed(ENDED))).toBe(500);
  expect(revoked).toEqual([]);
  expect(errors()).toEqual([expect.stringContaining('rawBody: true')]);
});

it.each([
  'whsec_',
  'whsec_c2hvcnQ=',
  'whsec_not base64!',
  'a key of 24 bytes, no more',
  Buffer.from('a key of 24 bytes, no more').toString('base64'),
])('The secret %j stops the boot', async (signingSecret) => {
  await start('fastify');
  const module = Test.createTestingModule({
    imports: [ClerkAuthModule.forRoot(clerk.options({ webhooks: { signingSecret } }))],
  });
  await expect(module.compile()).rejects.toThrow(/CLERK_WEBHOOK_SIGNING_SECRET/);
});

function changed({ body, headers }: Signed, changes: Record<string, string>): Signed {
  return { body, headers: { ...headers, ...changes } };
}

function without({ body, headers }: Signed, name: string): Signed {
  const { [name]: _, ...rest } = headers;
  return { body, headers: rest };
}

function version(delivery: Signed, name: string): Signed {
  const [, signature] = (delivery.headers['svix-signature'] ?? '').split(',');
  return changed(delivery, { 'svix-signature': `${name},${signature}` });
}

function cut(delivery: Signed): Signed {
  const signature = delivery.headers['svix-signature'] ?? '';
  return changed(delivery, { 'svix-signature': signature.slice(0, -8) });
}

function renamed({ body, headers }: Signed): Signed {
  const entries = Object.entries(headers);
  return {
    body,
    headers: Object.fromEntries(entries.map(([key, value]) => [key.replace('svix', 'x'), value])),
  };
}
