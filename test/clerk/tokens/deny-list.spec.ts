import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../../src/request/principal.js';
import { DenyList } from '../../../src/clerk/tokens/deny-list.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const NOW = 1_700_000_000_000;
const as = (userId: string, more: Partial<Principal> = {}): Principal => ({
  tokenType: 'oauth_token',
  issuer: 'https://clerk.example.com',
  subject: userId,
  userId,
  issuedAt: NOW,
  expiresAt: NOW + 86_400_000,
  claims: {},
  ...more,
});
const create = (max = 100) => new DenyList({ ttl: 1_000, max });

describe('DenyList', () => {
  it('covers those whom a revocation concerns, until its time is over', () => {
    const denied = create();
    expect(denied.isRevoked(as('user_a'))).toBe(false);
    denied.add({ userId: 'user_a' });
    expect(denied.isRevoked(as('user_a'))).toBe(true);
    expect(denied.isRevoked(as('user_b'))).toBe(false);
    vi.setSystemTime(NOW + 999);
    expect(denied.isRevoked(as('user_a'))).toBe(true);
    vi.setSystemTime(NOW + 1_000);
    expect(denied.isRevoked(as('user_a'))).toBe(false);
  });

  it('finds each by any of its targets', () => {
    const denied = create();
    denied.add({ clientId: 'client_1', userId: 'user_a' });
    denied.add({ organizationId: 'org_1' });
    denied.add({ sessionId: 'sess_1' });
    denied.add({ subject: 'mch_1' });
    denied.add({ tokenId: 'jti_1' });
    expect(denied.isRevoked(as('user_a'))).toBe(false);
    expect(denied.isRevoked(as('user_a', { clientId: 'client_1' }))).toBe(true);
    expect(denied.isRevoked(as('user_b', { clientId: 'client_1' }))).toBe(false);
    expect(denied.isRevoked(as('user_b', { organization: { id: 'org_1' } }))).toBe(true);
    expect(denied.isRevoked(as('user_b', { sessionId: 'sess_1' }))).toBe(true);
    expect(denied.isRevoked(as('user_b', { subject: 'mch_1' }))).toBe(true);
    expect(denied.isRevoked(as('user_b', { claims: { jti: 'jti_1' } }))).toBe(true);
    expect(denied.isRevoked(as('user_b', { actor: 'user_a', clientId: 'client_1' }))).toBe(true);
  });

  it.each([
    ['in order', [NOW - 5, NOW + 5]],
    ['out of order', [NOW + 5, NOW - 5]],
  ])('ends up the same when revocations come %s', (_, times) => {
    const denied = create();
    for (const before of times) denied.add({ userId: 'user_a', before });
    expect(denied.size).toBe(1);
    expect(denied.isRevoked(as('user_a', { issuedAt: NOW + 5 }))).toBe(true);
    expect(denied.isRevoked(as('user_a', { issuedAt: NOW + 6 }))).toBe(false);
  });

  it('does not let a later, milder revocation take the place of one for good', () => {
    const denied = create();
    denied.add({ userId: 'user_a' });
    denied.add({ userId: 'user_a', before: NOW - 1 });
    expect(denied.isRevoked(as('user_a', { issuedAt: NOW + 60_000 }))).toBe(true);
  });

  it('keeps two revocations apart that spare different roles', () => {
    const denied = create();
    const membership = { userId: 'user_a', organizationId: 'org_1' };
    denied.add({ ...membership, exceptRole: 'org:member' });
    denied.add({ ...membership, exceptRole: 'org:admin' });
    const role = (name: string) => as('user_a', { organization: { id: 'org_1', role: name } });
    expect(denied.isRevoked(role('org:member'))).toBe(true);
    expect(denied.isRevoked(role('org:admin'))).toBe(true);
    expect(denied.isRevoked(as('user_a', { organization: { id: 'org_1' } }))).toBe(false);
  });

  it('stays within its bounds, and says when something had to give way', () => {
    const denied = create(3);
    expect(['user_a', 'user_b', 'user_c'].map((userId) => denied.add({ userId }))).toEqual([
      false,
      false,
      false,
    ]);
    expect(denied.add({ userId: 'user_c' })).toBe(false);
    expect(denied.add({ userId: 'user_d' })).toBe(true);
    expect(denied.size).toBe(3);
    expect(denied.isRevoked(as('user_a'))).toBe(false);
    expect(denied.isRevoked(as('user_b'))).toBe(true);
  });

  it('lets no flood of ended sessions push a banned user out', () => {
    const denied = create(3);
    denied.add({ userId: 'user_a' });
    for (let at = 0; at < 1_000; at += 1) denied.add({ sessionId: `sess_${at}` });
    expect(denied.size).toBe(4);
    expect(denied.isRevoked(as('user_a'))).toBe(true);
    expect(denied.isRevoked(as('user_b', { sessionId: 'sess_999' }))).toBe(true);
  });

  it('forgets what is over, and does not call that giving way', () => {
    const denied = create(2);
    denied.add({ userId: 'user_a' });
    denied.add({ userId: 'user_b' });
    vi.setSystemTime(NOW + 1_000);
    expect(denied.add({ userId: 'user_c' })).toBe(false);
    expect(denied.size).toBe(1);
  });

  it('prolongs what is said again', () => {
    const denied = create();
    denied.add({ userId: 'user_a' });
    vi.setSystemTime(NOW + 900);
    denied.add({ userId: 'user_a' });
    vi.setSystemTime(NOW + 1_800);
    expect(denied.isRevoked(as('user_a'))).toBe(true);
  });

  it('keeps the revocation of one grant while another of the same user is repeated or ends', () => {
    const denied = create();
    const grant = (clientId: string) => ({ userId: 'user_a', clientId });
    denied.add(grant('client_1'));
    vi.setSystemTime(NOW + 500);
    denied.add(grant('client_2'));
    denied.add(grant('client_1'));
    expect(denied.isRevoked(as('user_a', { clientId: 'client_1' }))).toBe(true);
    expect(denied.isRevoked(as('user_a', { clientId: 'client_2' }))).toBe(true);

    const other = create();
    other.add(grant('client_1'));
    vi.setSystemTime(NOW + 900);
    other.add(grant('client_2'));
    vi.setSystemTime(NOW + 1_600);
    // Adding one forgets those that are over.
    other.add({ userId: 'user_b' });
    expect(other.isRevoked(as('user_a', { clientId: 'client_1' }))).toBe(false);
    expect(other.isRevoked(as('user_a', { clientId: 'client_2' }))).toBe(true);
  });

  it('revokes nobody for a revocation without a target', () => {
    const denied = create();
    denied.add({});
    denied.add({ exceptRole: 'org:admin' });
    expect(denied.isRevoked(as('user_a'))).toBe(false);
  });

  it('keeps a revocation for at most twice its time, whatever another node says', () => {
    const denied = create();
    denied.add({ userId: 'user_a' }, NOW + 86_400_000);
    expect(denied.entries()).toEqual([{ revocation: { userId: 'user_a' }, until: NOW + 2_000 }]);
  });

  it('asks the clock that it is given', () => {
    let now = 0;
    const denied = new DenyList({ ttl: 1_000, max: 10, now: () => now });
    denied.add({ userId: 'user_a' });
    now = 999;
    expect(denied.isRevoked(as('user_a'))).toBe(true);
    now = 1_000;
    expect(denied.isRevoked(as('user_a'))).toBe(false);
  });
});

describe('The revocations that nodes tell each other', () => {
  it('are those in force, of sessions and of all others', () => {
    const denied = create();
    denied.add({ sessionId: 'sess_1' });
    denied.add({ userId: 'user_a', before: NOW });
    vi.setSystemTime(NOW + 400);
    denied.add({ sessionId: 'sess_2' });
    denied.add({ userId: 'user_b' });
    const later = [
      { revocation: { sessionId: 'sess_2' }, until: NOW + 1_400 },
      { revocation: { userId: 'user_b' }, until: NOW + 1_400 },
    ];
    vi.setSystemTime(NOW + 999);
    expect(denied.entries()).toHaveLength(4);
    expect(denied.entries()).toEqual(
      expect.arrayContaining([
        { revocation: { sessionId: 'sess_1' }, until: NOW + 1_000 },
        { revocation: { userId: 'user_a', before: NOW }, until: NOW + 1_000 },
        ...later,
      ]),
    );
    vi.setSystemTime(NOW + 1_000);
    expect(denied.entries()).toEqual(later);
  });

  it.each([
    ['the same one, until the same time', { userId: 'user_a', before: NOW }, 1_000, true],
    ['the same one, until an earlier time', { userId: 'user_a', before: NOW }, 999, true],
    ['the same one, until a later time', { userId: 'user_a', before: NOW }, 1_001, false],
    ['one of older credentials', { userId: 'user_a', before: NOW - 1 }, 1_000, true],
    ['one of newer credentials', { userId: 'user_a', before: NOW + 1 }, 1_000, false],
    ['one of all credentials', { userId: 'user_a' }, 1_000, false],
    ['one of newer credentials, until an earlier time', { userId: 'user_a' }, 1, false],
    ['one of another user', { userId: 'user_b' }, 1_000, false],
    ['one of one grant of the user', { userId: 'user_a', clientId: 'client_1' }, 1_000, false],
    ['one of a session', { sessionId: 'sess_1' }, 1_000, false],
    ['one of another user that ends later than now', { userId: 'user_b' }, 1, false],
    ['one of another user that ends now', { userId: 'user_b' }, 0, true],
    ['one of another user that is over', { userId: 'user_b' }, -1, true],
  ])('change nothing, or something: %s', (_, revocation, rest, isCovered) => {
    const denied = create();
    denied.add({ userId: 'user_a', before: NOW });
    expect(denied.covers(revocation, NOW + rest)).toBe(isCovered);
  });

  it('change nothing where all credentials are revoked already', () => {
    const denied = create();
    denied.add({ sessionId: 'sess_1' });
    expect(denied.covers({ sessionId: 'sess_1' }, NOW + 1_000)).toBe(true);
    expect(denied.covers({ sessionId: 'sess_1', before: NOW }, NOW + 1_000)).toBe(true);
  });
});
