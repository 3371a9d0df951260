import { Logger, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { Revocations } from '../../src/access/revocation.js';
import { RevocationRegistry } from '../../src/access/revocation-registry.js';
import { AnnouncedRevocations, REVOCATIONS } from '../support/announced-revocations.js';
import { oauth } from './support.js';

const [alice, bob] = [oauth({ userId: 'user_alice' }), oauth({ userId: 'user_bob' })];
const ALICE = { userId: 'user_alice' };

async function start(...providers: Provider[]) {
  const module = await Test.createTestingModule({
    providers: [RevocationRegistry, ...providers],
  }).compile();
  await module.init();
  return { module, registry: module.get(RevocationRegistry) };
}

async function startRevoking() {
  const { module, registry } = await start(REVOCATIONS);
  return { registry, revocations: module.get<AnnouncedRevocations>(Revocations) };
}

describe('RevocationRegistry', () => {
  it('closes what is registered for whom a revocation concerns, once', async () => {
    const { registry, revocations } = await startRevoking();
    const [closeAlice, closeBob] = [vi.fn(), vi.fn()];
    registry.register(() => alice, closeAlice);
    registry.register(() => bob, closeBob);
    registry.register(() => undefined, closeBob);
    revocations.revoke(ALICE);
    revocations.revoke(ALICE);
    expect(closeAlice).toHaveBeenCalledTimes(1);
    expect(closeBob).not.toHaveBeenCalled();
    expect(registry.size).toBe(2);
  });

  it('goes by the principal at the time of the revocation', async () => {
    const { registry, revocations } = await startRevoking();
    const close = vi.fn();
    let current = bob;
    registry.register(() => current, close);
    current = alice;
    revocations.revoke(ALICE);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('closes nothing that was removed before', async () => {
    const { registry, revocations } = await startRevoking();
    const close = vi.fn();
    registry.register(() => alice, close)();
    revocations.revoke(ALICE);
    expect(close).not.toHaveBeenCalled();
    expect(registry.size).toBe(0);
  });

  it('closes, after it was registered, what is already revoked', async () => {
    const { registry, revocations } = await startRevoking();
    const [close, removed] = [vi.fn(), vi.fn()];
    revocations.revoke(ALICE);
    registry.register(() => alice, close);
    registry.register(() => alice, removed)();
    expect(close, 'not before the caller has what it registered').not.toHaveBeenCalled();
    await Promise.resolve();
    expect(close).toHaveBeenCalledTimes(1);
    expect(removed).not.toHaveBeenCalled();
    expect(registry.size).toBe(0);
  });

  it('closes once what a revocation reaches before its microtask does', async () => {
    const { registry, revocations } = await startRevoking();
    const close = vi.fn();
    revocations.revoke(ALICE);
    registry.register(() => alice, close);
    revocations.revoke(ALICE);
    await Promise.resolve();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('tells whose access is revoked; an anonymous caller is never revoked', async () => {
    const { registry, revocations } = await startRevoking();
    expect(registry.isRevoked(alice)).toBe(false);
    revocations.revoke(ALICE);
    expect(registry.isRevoked(alice)).toBe(true);
    expect(registry.isRevoked(bob)).toBe(false);
    expect(registry.isRevoked(undefined)).toBe(false);
  });

  it('revokes and keeps nothing where no authentication module revokes', async () => {
    const { registry } = await start();
    expect(registry.isRevoked(alice)).toBe(false);
    registry.register(() => alice, vi.fn())();
    registry.register(() => alice, vi.fn());
    expect(registry.size).toBe(0);
  });

  it('ends its subscription with the application, and warns where that fails', async () => {
    const { module } = await start(REVOCATIONS);
    const { listeners } = module.get<AnnouncedRevocations>(Revocations);
    expect(listeners.size).toBe(1);
    await module.close();
    expect(listeners.size).toBe(0);

    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    class Stuck extends AnnouncedRevocations {
      override subscribe() {
        return () => {
          throw new Error('redis://secret@cache');
        };
      }
    }
    const stuck = await start({ provide: Revocations, useClass: Stuck });
    await stuck.module.close();
    expect(warned.mock.calls).toEqual([
      ['Revocations failed to end a subscription. The shutdown goes on.'],
    ]);
    expect(warned.mock.contexts[0]).toMatchObject({ context: 'Revocations' });
    warned.mockRestore();
  });
});
