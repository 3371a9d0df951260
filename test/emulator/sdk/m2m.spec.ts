import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClerkEmulator,
  type Machine,
  startClerkEmulator,
} from '../../../src/emulator/index.js';
import { recorded, type RecordedNamespace, sdkOf } from './support.js';

type Keyed = Machine & { readonly secretKey: string };

describe('clerk.m2m', () => {
  let emulator: ClerkEmulator;
  let m2m: RecordedNamespace<ReturnType<typeof sdkOf>['m2m']>;
  let receiver: Keyed;
  let sender: Keyed;
  let stranger: Keyed;
  // @clerk/backend compares the expiry of a JWT with the clock of the process.
  let now = Date.now();

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => now });
    m2m = recorded(sdkOf(emulator).m2m);
  });
  beforeEach(() => {
    receiver = emulator.machines.create({ name: 'receiver' });
    stranger = emulator.machines.create({ name: 'stranger' });
    sender = emulator.machines.create({ name: 'sender', scopedMachines: [receiver.id] });
  });
  afterAll(() => emulator.close());

  it('creates an opaque token with the key of a machine only', async () => {
    const token = await m2m.api.createToken({
      machineSecretKey: sender.secretKey,
      claims: { job: 'backup' },
      secondsUntilExpiration: 60,
    });
    expect(token).toMatchObject({
      subject: sender.id,
      scopes: [receiver.id],
      claims: { job: 'backup' },
      expiration: now + 60_000,
      revoked: false,
      expired: false,
    });
    expect(token.id).toMatch(/^mt_[0-9a-f]{32}$/);
    expect(token.token).toMatch(/^mt_/);
    await expect(m2m.api.createToken()).rejects.toMatchObject({
      status: 401,
      errors: [{ code: 'machine_secret_key_invalid' }],
    });
  });

  it('gives a token the lifetime of its machine by default', async () => {
    const short = emulator.machines.create({ name: 'short', defaultTokenLifetime: 30 });
    const token = await m2m.api.createToken({ machineSecretKey: short.secretKey });
    expect(token.expiration).toBe(now + 30_000);
    expect(token.scopes).toEqual([]);
  });

  it('verifies any token with the key of the instance, with the key of a machine only its own audience', async () => {
    const { token = '' } = await m2m.api.createToken({ machineSecretKey: sender.secretKey });
    expect(await m2m.api.verify({ token })).toMatchObject({ subject: sender.id });
    const byReceiver = { token, machineSecretKey: receiver.secretKey };
    expect(await m2m.api.verify(byReceiver)).toMatchObject({ subject: sender.id });
    for (const { secretKey } of [stranger, sender]) {
      await expect(m2m.api.verify({ token, machineSecretKey: secretKey })).rejects.toMatchObject({
        status: 404,
      });
    }
  });

  it('issues JWTs that verify without a request and cannot be revoked', async () => {
    const created = await m2m.api.createToken({
      machineSecretKey: sender.secretKey,
      tokenFormat: 'jwt',
      claims: { aud: [receiver.id], sub: 'somebody-else' },
      secondsUntilExpiration: 60,
    });
    const { token = '' } = created;
    emulator.counters.reset();
    const verified = await m2m.api.verify({ token });
    expect(verified).toMatchObject({ id: created.id, subject: sender.id, scopes: [receiver.id] });
    expect(emulator.counters.ofGroup('verify')).toBe(0);
    await expect(m2m.api.revokeToken({ m2mTokenId: created.id })).rejects.toMatchObject({
      status: 404,
    });
    const list = await m2m.api.list({ subject: sender.id });
    expect(list).toMatchObject({ data: [], totalCount: 0 });
  });

  it('verifies a JWT at the endpoint, for the machines that its machine may reach', async () => {
    const { token = '' } = await m2m.api.createToken({
      machineSecretKey: sender.secretKey,
      tokenFormat: 'jwt',
      secondsUntilExpiration: 60,
    });
    const verify = async (key: string, presented = token) =>
      (
        await fetch(`${emulator.url}/v1/m2m_tokens/verify`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ token: presented }),
        })
      ).status;
    expect(await verify(emulator.secretKey)).toBe(200);
    expect(await verify(receiver.secretKey)).toBe(200);
    expect(await verify(stranger.secretKey)).toBe(404);
    expect(await verify(emulator.secretKey, `${token.slice(0, -4)}AAAA`)).toBe(404);
    now += 61_000;
    expect(await verify(emulator.secretKey)).toBe(404);
  });

  it('lists the opaque tokens of a machine, newest first, and the invalid ones on request', async () => {
    const machineSecretKey = sender.secretKey;
    const first = await m2m.api.createToken({ machineSecretKey, secondsUntilExpiration: 60 });
    const second = await m2m.api.createToken({ machineSecretKey });
    const third = await m2m.api.createToken({ machineSecretKey });
    await m2m.api.revokeToken({ m2mTokenId: third.id, revocationReason: 'lost' });
    now += 61_000;
    const ids = async (filter: Partial<Parameters<typeof m2m.api.list>[0]>) =>
      (await m2m.api.list({ subject: sender.id, ...filter })).data.map(({ id }) => id);
    expect(await ids({})).toEqual([second.id]);
    expect(await ids({ revoked: true })).toEqual([third.id, second.id]);
    expect(await ids({ expired: true })).toEqual([second.id, first.id]);
    expect(await ids({ revoked: true, expired: true, limit: 1, offset: 2 })).toEqual([first.id]);
    expect(await ids({ machineSecretKey })).toEqual([second.id]);
    await expect(ids({ machineSecretKey: receiver.secretKey })).rejects.toMatchObject({
      status: 403,
    });
  });

  it('revokes a token with the key of its machine or of the instance', async () => {
    const { id, token = '' } = await m2m.api.createToken({ machineSecretKey: sender.secretKey });
    const other = { m2mTokenId: id, machineSecretKey: receiver.secretKey };
    await expect(m2m.api.revokeToken(other)).rejects.toMatchObject({ status: 404 });
    const own = { m2mTokenId: id, machineSecretKey: sender.secretKey, revocationReason: 'done' };
    expect(await m2m.api.revokeToken(own)).toMatchObject({
      revoked: true,
      revocationReason: 'done',
    });
    await expect(m2m.api.verify({ token })).rejects.toMatchObject({ status: 404 });
  });

  it('returns a living token again where the machine asks for that', async () => {
    const params = {
      machineSecretKey: sender.secretKey,
      claims: { job: 'backup' },
      secondsUntilExpiration: 60,
      minRemainingTtlSeconds: 30,
    };
    const first = await m2m.api.createToken(params);
    expect(await m2m.api.createToken(params)).toMatchObject({ id: first.id, token: first.token });
    const others = await m2m.api.createToken({ ...params, claims: { job: 'restore' } });
    expect(others.id).not.toBe(first.id);
    now += 31_000;
    expect((await m2m.api.createToken(params)).id).not.toBe(first.id);
    await expect(
      m2m.api.createToken({ ...params, minRemainingTtlSeconds: 60 }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it('knows no token of a deleted machine', async () => {
    const { token = '' } = await m2m.api.createToken({ machineSecretKey: sender.secretKey });
    emulator.machines.delete(sender.id);
    await expect(m2m.api.verify({ token })).rejects.toMatchObject({ status: 404 });
  });

  it('has every method of the SDK', () => {
    expect(m2m.uncalled()).toEqual([]);
  });
});
