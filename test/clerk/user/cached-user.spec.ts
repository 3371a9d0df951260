import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { ClerkRevocations } from '../../../src/clerk/revocation/clerk-revocations.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import type { Principal } from '../../../src/request/principal.js';
import { FakeClerk } from '../support/fake-clerk.js';

const alice: Principal = {
  tokenType: 'oauth_token',
  issuer: 'https://clerk.example.com',
  subject: 'user_alice',
  userId: 'user_alice',
  expiresAt: Infinity,
  claims: {},
};
const USER = {
  object: 'user',
  id: 'user_alice',
  email_addresses: [],
  phone_numbers: [],
  web3_wallets: [],
  external_accounts: [],
};

afterEach(() => {
  vi.useRealTimers();
});

describe('ClerkContext.cachedUser', () => {
  it('is what getUser() would return, for as long, and asks nobody', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const clerk = await FakeClerk.start();
    clerk.on('/v1/users/user_alice', () => ({ json: USER }));
    const module = await Test.createTestingModule({
      imports: [ClerkAuthModule.forRoot(clerk.options({}))],
    }).compile();
    const context = module.get(ClerkContext);
    const cached = (principal = alice) => context.run(principal, () => context.cachedUser);
    const ask = () => context.run(alice, () => context.getUser());

    expect(cached()).toBeUndefined();
    expect(clerk.count('/v1/users/user_alice')).toBe(0);
    const user = await ask();
    expect(cached()).toBe(user);
    expect(cached({ ...alice, userId: 'user_bob' })).toBeUndefined();
    expect(cached({ ...alice, userId: undefined } as unknown as Principal)).toBeUndefined();
    expect(context.cachedUser).toBeUndefined();
    vi.setSystemTime(Date.now() + 30_001);
    expect(cached()).toBeUndefined();

    await ask();
    expect(cached()).toBeDefined();
    await module.get(ClerkRevocations).revoke({ userId: 'user_alice' });
    expect(cached()).toBeUndefined();
    await module.close();
    await clerk.close();
  });
});
