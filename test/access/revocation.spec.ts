import { describe, expect, it } from 'vitest';
import type { Principal } from '../../src/request/principal.js';
import { revokes, type Revocation } from '../../src/access/revocation.js';

const principal: Principal = {
  tokenType: 'session_token',
  issuer: 'https://clerk.example.com',
  subject: 'user_alice',
  userId: 'user_alice',
  clientId: 'client_1',
  sessionId: 'sess_1',
  organization: { id: 'org_1', role: 'org:admin' },
  issuedAt: 1_700_000_000_000,
  expiresAt: 1_700_000_060_000,
  claims: { jti: 'jti_1' },
};
const { issuedAt: _, ...undated } = principal;
const { organization: __, ...alone } = principal;

describe('concerns', () => {
  it.each<[keyof Revocation, string, string]>([
    ['userId', 'user_alice', 'user_bob'],
    ['sessionId', 'sess_1', 'sess_2'],
    ['organizationId', 'org_1', 'org_2'],
    ['clientId', 'client_1', 'client_2'],
    ['subject', 'user_alice', 'user_bob'],
    ['tokenId', 'jti_1', 'jti_2'],
  ])('matches %s, and nobody else', (target, mine, other) => {
    expect(revokes({ [target]: mine }, principal)).toBe(true);
    expect(revokes({ [target]: other }, principal)).toBe(false);
    const { [target as 'userId']: _gone, ...without } = { ...principal, actor: undefined };
    const stripped = { ...without, organization: undefined, claims: {} };
    if (target !== 'organizationId' && target !== 'tokenId') Object.assign(stripped, alone);
    delete (stripped as Record<string, unknown>)[target];
    expect(revokes({ [target]: mine }, stripped as unknown as Principal)).toBe(false);
  });

  it('asks for every member that it names', () => {
    const membership = { userId: 'user_alice', organizationId: 'org_1' };
    expect(revokes(membership, principal)).toBe(true);
    expect(revokes(membership, alone)).toBe(false);
    expect(revokes(membership, { ...principal, userId: 'user_bob' })).toBe(false);
    expect(revokes({ userId: 'user_alice', clientId: 'client_2' }, principal)).toBe(false);
  });

  it('reaches those whom a user impersonates', () => {
    const impersonated = { ...principal, userId: 'user_bob', subject: 'user_bob' };
    expect(revokes({ userId: 'user_alice' }, { ...impersonated, actor: 'user_alice' })).toBe(true);
    expect(revokes({ userId: 'user_alice' }, impersonated)).toBe(false);
  });

  it('reaches those for whom a user acts by delegation now, not those for whom one did', () => {
    const delegated = (...subjects: string[]): Principal => ({
      ...principal,
      userId: 'user_bob',
      subject: 'user_bob',
      delegation: subjects.map((subject) => ({ subject })),
    });
    expect(revokes({ userId: 'user_alice' }, delegated('user_alice', 'agent'))).toBe(true);
    expect(revokes({ userId: 'user_alice' }, delegated('agent', 'user_alice'))).toBe(false);
    expect(revokes({ userId: 'user_alice' }, delegated())).toBe(false);
  });

  it('spares what was issued later, and nothing that does not say when', () => {
    const at = (before: number) => revokes({ userId: 'user_alice', before }, principal);
    expect(at(1_699_999_999_999)).toBe(false);
    expect(at(1_700_000_000_000)).toBe(true);
    expect(at(1_700_000_000_001)).toBe(true);
    expect(revokes({ userId: 'user_alice', before: 1 }, undated)).toBe(true);
    expect(revokes({ userId: 'user_alice', before: 1 }, { ...principal, issuedAt: NaN })).toBe(
      true,
    );
  });

  it('spares a role, and credentials that name none', () => {
    const demoted = { userId: 'user_alice', organizationId: 'org_1', exceptRole: 'org:member' };
    expect(revokes(demoted, principal)).toBe(true);
    const as = (organization: NonNullable<Principal['organization']>) =>
      revokes(demoted, { ...principal, organization });
    expect(as({ id: 'org_1', role: 'org:member' })).toBe(false);
    expect(as({ id: 'org_1' })).toBe(false);
  });

  it('concerns nobody when it names nobody', () => {
    expect(revokes({}, principal)).toBe(false);
    expect(revokes({ before: Infinity }, principal)).toBe(false);
  });
});
