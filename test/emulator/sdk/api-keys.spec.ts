import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { recorded, type RecordedNamespace, sdkOf } from './support.js';

describe('clerk.apiKeys', () => {
  let emulator: ClerkEmulator;
  let keys: RecordedNamespace<ReturnType<typeof sdkOf>['apiKeys']>;
  let ada: string;
  let now = Date.parse('2026-03-01T00:00:00Z');

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => now });
    keys = recorded(sdkOf(emulator).apiKeys);
    ada = emulator.users.get('ada@example.com').id;
  });
  afterAll(() => emulator.close());

  it('creates, reads and changes a key, and returns its secret again', async () => {
    const created = await keys.api.create({
      name: 'build',
      subject: ada,
      scopes: ['notes:read'],
      claims: { team: 'research' },
      description: 'for the build',
      createdBy: ada,
      secondsUntilExpiration: 3_600,
    });
    expect(created).toMatchObject({
      type: 'api_key',
      name: 'build',
      subject: ada,
      scopes: ['notes:read'],
      claims: { team: 'research' },
      description: 'for the build',
      createdBy: ada,
      revoked: false,
      expired: false,
      expiration: now + 3_600_000,
      createdAt: now,
    });
    expect(created.id).toMatch(/^ak_[0-9a-f]{32}$/);
    expect(created.secret).toMatch(/^ak_/);

    const read = await keys.api.get(created.id);
    expect(read).toMatchObject({ id: created.id, name: 'build' });
    expect(read.secret).toBeUndefined();
    expect(await keys.api.getSecret(created.id)).toMatchObject({ secret: created.secret });

    const changed = await keys.api.update({
      apiKeyId: created.id,
      subject: ada,
      scopes: ['notes:write'],
      description: null,
      claims: null,
      secondsUntilExpiration: null,
    });
    expect(changed).toMatchObject({
      scopes: ['notes:write'],
      description: null,
      claims: null,
      expiration: null,
    });
  });

  it('lists the keys of a subject, newest first, and those that are no longer valid on request', async () => {
    const subject = emulator.users.get('grace@example.com').id;
    const first = await keys.api.create({ name: 'first', subject });
    const second = await keys.api.create({ name: 'second', subject, secondsUntilExpiration: 60 });
    const third = await keys.api.create({ name: 'third', subject });
    await keys.api.revoke({ apiKeyId: third.id, revocationReason: 'lost' });
    // The SDK passes on `query`, which only Clerk's OpenAPI document has.
    const ids = async (
      filter: Partial<Parameters<typeof keys.api.list>[0]> & { readonly query?: string } = {},
    ) => (await keys.api.list({ subject, ...filter })).data.map(({ id }) => id);

    expect(await ids()).toEqual([second.id, first.id]);
    now += 61_000;
    expect(await ids()).toEqual([first.id]);
    expect(await ids({ includeInvalid: true })).toEqual([third.id, second.id, first.id]);
    expect(await ids({ includeInvalid: true, limit: 1, offset: 1 })).toEqual([second.id]);
    expect(await ids({ includeInvalid: true, query: 'THIR' })).toEqual([third.id]);
    const page = await keys.api.list({ subject, includeInvalid: true, limit: 1 });
    expect(page.totalCount).toBe(3);
    expect(page.data[0]).toMatchObject({ revoked: true, revocationReason: 'lost' });
  });

  it('verifies a key until it expires, is revoked or is deleted', async () => {
    const organization = emulator.organizations.get('analytical-engines').id;
    const create = () =>
      keys.api.create({ name: 'key', subject: organization, secondsUntilExpiration: 60 });
    const [expiring, revoked, deleted] = [await create(), await create(), await create()];
    expect(await keys.api.verify(expiring.secret ?? '')).toMatchObject({
      id: expiring.id,
      subject: organization,
      lastUsedAt: now,
    });
    await keys.api.revoke({ apiKeyId: revoked.id });
    expect(await keys.api.delete(deleted.id)).toMatchObject({ id: deleted.id, deleted: true });
    now += 61_000;
    for (const { secret } of [expiring, revoked, deleted]) {
      await expect(keys.api.verify(secret ?? '')).rejects.toMatchObject({ status: 404 });
    }
    await expect(keys.api.get(deleted.id)).rejects.toMatchObject({ status: 404 });
  });

  it('belongs to a machine as well', async () => {
    const { id } = emulator.machines.create({ name: 'builder' });
    expect(await keys.api.create({ name: 'machine', subject: id })).toMatchObject({ subject: id });
  });

  it('refuses what Clerk refuses with 400', async () => {
    for (const params of [
      { name: 'no', subject: ada },
      { name: 'key', subject: 'ada' },
      { name: 'key', subject: 'user_2abcdefghijklmnopqrstuvwxyz' },
      { name: ' key', subject: ada },
      { name: 'key', subject: ada, secondsUntilExpiration: 0 },
      { name: 'key', subject: ada, description: 'x'.repeat(256) },
    ]) {
      await expect(keys.api.create(params), JSON.stringify(params)).rejects.toMatchObject({
        status: 400,
      });
    }
    await expect(keys.api.get('ak_unknown')).rejects.toMatchObject({ status: 400 });
    await expect(keys.api.get(`ak_${'0'.repeat(32)}`)).rejects.toMatchObject({ status: 404 });
    await expect(
      keys.api.list({ subject: 'user_2abcdefghijklmnopqrstuvwxyz' }),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('has every method of the SDK', () => {
    expect(keys.uncalled()).toEqual([]);
  });
});
