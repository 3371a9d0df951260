import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { recorded, type RecordedNamespace, sdkOf } from './support.js';

describe('clerk.machines', () => {
  let emulator: ClerkEmulator;
  let machines: RecordedNamespace<ReturnType<typeof sdkOf>['machines']>;
  let now = Date.parse('2026-03-01T00:00:00Z');

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => now });
    machines = recorded(sdkOf(emulator).machines);
  });
  afterAll(() => emulator.close());

  it('creates, reads, changes and deletes a machine', async () => {
    const receiver = await machines.api.create({ name: 'receiver' });
    expect(receiver).toMatchObject({ name: 'receiver', defaultTokenTtl: 3_600, createdAt: now });
    expect(receiver.secretKey).toMatch(/^ak_/);
    const sender = await machines.api.create({
      name: 'sender',
      scopedMachines: [receiver.id],
      defaultTokenTtl: 60,
    });
    expect(sender.scopedMachines.map(({ id, name }) => [id, name])).toEqual([
      [receiver.id, 'receiver'],
    ]);
    const read = await machines.api.get(sender.id);
    expect(read).toMatchObject({ id: sender.id, defaultTokenTtl: 60 });
    expect(read.secretKey).toBeUndefined();

    const renamed = await machines.api.update({ machineId: sender.id, name: 'courier' });
    expect(renamed).toMatchObject({ name: 'courier', defaultTokenTtl: 60 });

    expect(await machines.api.delete(receiver.id)).toMatchObject({ id: receiver.id });
    expect((await machines.api.get(sender.id)).scopedMachines).toEqual([]);
    await expect(machines.api.get(receiver.id)).rejects.toMatchObject({ status: 404 });
  });

  it('lists machines by id, part of a name, and in both orders', async () => {
    const other = await startClerkEmulator();
    const { machines: api } = sdkOf(other);
    const names = async (params: Parameters<typeof machines.api.list>[0]) =>
      (await api.list(params)).data.map(({ name }) => name);
    const ids: string[] = [];
    for (const name of ['beta', 'alpha', 'gamma']) ids.push((await api.create({ name })).id);

    expect(await names({})).toEqual(['gamma', 'alpha', 'beta']);
    expect(await names({ orderBy: '+created_at' })).toEqual(['beta', 'alpha', 'gamma']);
    expect(await names({ orderBy: 'name' })).toEqual(['alpha', 'beta', 'gamma']);
    expect(await names({ orderBy: '-name', limit: 1, offset: 1 })).toEqual(['beta']);
    expect(await names({ query: 'AMM' })).toEqual(['gamma']);
    expect(await names({ query: ids[1] ?? '' })).toEqual(['alpha']);
    await other.close();
    expect((await machines.api.list({ limit: 1 })).data).toHaveLength(1);
  });

  it('adds and removes scopes', async () => {
    const { id: from } = await machines.api.create({ name: 'from' });
    const { id: to } = await machines.api.create({ name: 'to' });
    expect(await machines.api.createScope(from, to)).toMatchObject({
      fromMachineId: from,
      toMachineId: to,
    });
    expect((await machines.api.get(from)).scopedMachines.map(({ id }) => id)).toEqual([to]);
    await expect(machines.api.createScope(from, to)).rejects.toMatchObject({ status: 409 });
    await expect(machines.api.createScope(from, 'mch_unknown')).rejects.toMatchObject({
      status: 404,
    });
    expect(await machines.api.deleteScope(from, to)).toMatchObject({ deleted: true });
    await expect(machines.api.deleteScope(from, to)).rejects.toMatchObject({ status: 404 });
  });

  it('rotates a secret key and accepts the previous one for a while', async () => {
    const { id, secretKey: first = '' } = await machines.api.create({ name: 'rotating' });
    const { secret: second } = await machines.api.rotateSecretKey({
      machineId: id,
      previousTokenTtl: 60,
    });
    expect(await machines.api.getSecretKey(id)).toMatchObject({ secret: second });
    const canCreate = async (machineSecretKey: string) =>
      sdkOf(emulator, { machineSecretKey })
        .m2m.createToken()
        .then(
          () => true,
          () => false,
        );
    expect([await canCreate(first), await canCreate(second)]).toEqual([true, true]);
    now += 61_000;
    expect([await canCreate(first), await canCreate(second)]).toEqual([false, true]);
    await machines.api.rotateSecretKey({ machineId: id, previousTokenTtl: 0 });
    expect(await canCreate(second)).toBe(false);
  });

  it('refuses what Clerk refuses with 422', async () => {
    for (const params of [
      { name: '' },
      { name: 'x'.repeat(256) },
      { name: 'machine', defaultTokenTtl: 0 },
      { name: 'machine', scopedMachines: ['mch_unknown'] },
    ]) {
      await expect(machines.api.create(params), JSON.stringify(params)).rejects.toMatchObject({
        status: 422,
      });
    }
  });

  it('has every method of the SDK', () => {
    expect(machines.uncalled()).toEqual([]);
  });
});
