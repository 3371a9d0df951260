import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccessFacts } from '../../../src/access/access-facts.js';
import type { Principal } from '../../../src/request/principal.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { FakeClerk } from '../support/fake-clerk.js';

const MEMBERSHIPS = '/v1/users/user_alice/organization_memberships';
const ALICE: Principal = {
  tokenType: 'oauth_token',
  issuer: 'https://issuer.test',
  subject: 'user_alice',
  userId: 'user_alice',
  organization: { id: 'org_2' },
  expiresAt: Infinity,
  claims: {},
};

let clerk: FakeClerk;
let app: INestApplicationContext;
/** Organizations that Alice is in, and how often Clerk was asked. */
let memberOf: string[];
let asked: number;

beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(async () => {
  clerk.reset();
  memberOf = ['org_1'];
  asked = 0;
  clerk.on(MEMBERSHIPS, () => {
    asked += 1;
    return { json: { data: memberOf.map(membership), total_count: memberOf.length } };
  });
  const imports = [ClerkAuthModule.forRoot(clerk.options({}))];
  app = await Test.createTestingModule({ imports }).compile();
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await app.close();
});

const membership = (id: string) => ({
  object: 'organization_membership',
  id: `orgmem_${id}`,
  role: 'org:admin',
  permissions: ['org:notes:write'],
  organization: { object: 'organization', id, name: id, slug: id },
  public_user_data: { user_id: 'user_alice' },
});
const membershipOfAlice = async () => app.get(AccessFacts).membershipOf(ALICE);

describe('the membership of a caller', () => {
  it('is found moments after the caller has joined, whatever was known before', async () => {
    expect(await membershipOfAlice()).toBeUndefined();
    memberOf.push('org_2');
    vi.advanceTimersByTime(2_000);
    expect(await membershipOfAlice()).toMatchObject({ id: 'org_2', role: 'org:admin' });
  });

  it('is asked for once in a while of who is no member, however often they call', async () => {
    for (let call = 0; call < 20; call += 1) {
      expect(await membershipOfAlice()).toBeUndefined();
      vi.advanceTimersByTime(99);
    }
    expect(asked).toBe(1);
    vi.advanceTimersByTime(100);
    await membershipOfAlice();
    expect(asked).toBe(2);
  });

  it('is kept for half a minute for who is one', async () => {
    memberOf.push('org_2');
    await membershipOfAlice();
    vi.advanceTimersByTime(29_000);
    await membershipOfAlice();
    expect(asked).toBe(1);
    vi.advanceTimersByTime(2_000);
    await membershipOfAlice();
    expect(asked).toBe(2);
  });
});
