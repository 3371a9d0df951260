import { Logger, type INestApplicationContext } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Revocations, type Revocation } from '../../../src/access/revocation.js';
import { TokenAuthenticator } from '../../../src/request/authentication.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { ClerkRevocations } from '../../../src/clerk/revocation/clerk-revocations.js';
import {
  InProcessRevocationBus,
  RevocationBus,
} from '../../../src/clerk/revocation/revocation-bus.js';
import { RevocationNotSharedError } from '../../../src/clerk/clerk.errors.js';
import { VerdictCache } from '../../../src/clerk/tokens/verdict-cache.js';
import { FakeClerk, opaqueVerdict, VERIFY_PATH } from '../support/fake-clerk.js';
import { refusalOf } from '../support/token-verifier.js';

const OPAQUE = 'oat_0123456789';
const REVOKED = { reason: 'invalid_token', description: 'The access token was revoked.' };

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => {
  clerk.reset();
  clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
});

const nodeWith = (
  change: (builder: TestingModuleBuilder) => TestingModuleBuilder,
  seamTimeoutMs = 20,
) =>
  change(
    Test.createTestingModule({
      imports: [ClerkAuthModule.forRoot(clerk.options({ limits: { seamTimeoutMs } }))],
    }),
  ).compile();
const start = (bus: RevocationBus, seamTimeoutMs?: number) =>
  nodeWith((builder) => builder.overrideProvider(RevocationBus).useValue(bus), seamTimeoutMs);
const verify = (token: string, on: INestApplicationContext) =>
  on.get(TokenAuthenticator).authenticate(token);
const revoke = (revocation: Revocation, on: INestApplicationContext) =>
  on.get(ClerkRevocations).revoke(revocation);
const fail = (): never => {
  throw new Error('ECONNREFUSED 6379');
};

/** Stands for a network: JSON goes over it. */
class Network extends RevocationBus {
  readonly listeners = new Set<(revocation: Revocation) => void>();
  async publish(revocation: Revocation) {
    const message = JSON.stringify(revocation);
    await Promise.resolve();
    for (const listener of this.listeners) listener(JSON.parse(message));
  }
  subscribe(listener: (revocation: Revocation) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

describe('A bus of revocations', () => {
  it('brings what this node has published back to it, where it is heard once', async () => {
    const node = await start(new Network());
    const heard: Revocation[] = [];
    node.get(Revocations).subscribe((revocation) => heard.push(revocation));
    await revoke({ userId: 'user_alice' }, node);
    expect(heard).toEqual([{ userId: 'user_alice' }]);
    await node.close();
  });

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
    ['hangs', () => new Promise<void>(() => undefined)],
  ])('that %s: the revocation is in force here, and is not taken for done', async (_, publish) => {
    class Broken extends Network {
      override publish(): Promise<void> {
        return publish();
      }
    }
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const node = await start(new Broken());
    const heard: Revocation[] = [];
    await verify(OPAQUE, node);
    node.get(Revocations).subscribe((revocation) => heard.push(revocation));
    const failed = await revoke({ userId: 'user_alice' }, node).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RevocationNotSharedError);
    expect(String(failed)).not.toContain('ECONNREFUSED');
    expect(await refusalOf(verify(OPAQUE, node))).toEqual(REVOKED);
    expect(heard).toEqual([{ userId: 'user_alice' }]);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^RevocationBus .* alone/)]]);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('ECONNREFUSED');
    warn.mockRestore();
    await node.close();
  });

  it('is in force on this node before another one is told', async () => {
    const denied: boolean[] = [];
    class Watched extends Network {
      override async publish() {
        denied.push(
          await verify(OPAQUE, node).then(
            () => false,
            () => true,
          ),
        );
      }
    }
    const node = await start(new Watched(), 60_000);
    await revoke({ userId: 'user_alice' }, node);
    expect(denied).toEqual([true]);
    await node.close();
  });

  it.each<[string, () => unknown]>([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
    ['hangs', () => new Promise<void>(() => undefined)],
  ])('whose unsubscribing %s does not end the shutdown', async (_, unsubscribe) => {
    class Stuck extends Network {
      override subscribe() {
        return unsubscribe as () => boolean;
      }
    }
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const node = await start(new Stuck());
    await node.close();
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^RevocationBus /)]]);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('ECONNREFUSED');
    warn.mockRestore();
  });

  it('tells each subscriber of one process, whatever another one throws', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const bus = new InProcessRevocationBus();
    const heard: Revocation[] = [];
    bus.subscribe(() => fail());
    bus.subscribe((revocation) => heard.push(revocation));
    bus.publish({ userId: 'user_alice' });
    expect(heard).toHaveLength(1);
    warn.mockRestore();
  });
});

describe('A cache of verdicts', () => {
  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('that %s: tokens are verified anew, and revocations hold', async (_, work) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const broken = { get: work, set: work, purge: work };
    const node = await nodeWith((builder) =>
      builder.overrideProvider(VerdictCache).useValue(broken),
    );
    const jwt = await clerk.oauthToken();
    for (const token of [OPAQUE, jwt]) expect(await verify(token, node)).toBeDefined();
    await verify(OPAQUE, node);
    expect(clerk.count(VERIFY_PATH)).toBe(2);
    await revoke({ userId: 'user_alice' }, node);
    for (const token of [OPAQUE, jwt])
      expect(await refusalOf(verify(token, node))).toEqual(REVOKED);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^VerdictCache .* again/)]]);
    warn.mockRestore();
    await node.close();
  });
});
