import { describe, expect, it } from 'vitest';
import { AUTHENTICATED, PUBLIC, type AccessRule } from '../../src/access/access-rule.js';
import { decide } from '../../src/access/decide.js';
import type { Principal } from '../../src/access/principal.js';
import { refusalOf } from '../../src/access/refusal-of.js';

const NOW = 1_000_000;
const SCOPED: AccessRule = { kind: 'authenticated', scopes: ['notes:read', 'notes:write'] };

const principal = (changes: Partial<Principal> = {}): Principal => ({
  tokenType: 'oauth_token',
  issuer: 'https://issuer.test',
  subject: 'user_1',
  scopes: [],
  expiresAt: NOW + 1,
  claims: {},
  ...changes,
});

const { scopes: _, ...session } = principal({ tokenType: 'session_token' });
const expired = principal({ expiresAt: NOW, scopes: ['notes:read', 'notes:write'] });

describe('decide', () => {
  it.each([
    ['lets anybody use what is public', PUBLIC, undefined, 'allow'],
    ['lets an expired principal use what is public', PUBLIC, expired, 'allow'],
    ['asks the anonymous to sign in', AUTHENTICATED, undefined, 'unauthenticated'],
    [
      'asks the anonymous to sign in first where scopes are missing too',
      SCOPED,
      undefined,
      'unauthenticated',
    ],
    ['lets any principal use what asks for no scope', AUTHENTICATED, principal(), 'allow'],
    ['lets a session use what asks for no scope', AUTHENTICATED, session, 'allow'],
    ['takes an expired principal for anonymous', AUTHENTICATED, expired, 'unauthenticated'],
    [
      'takes an expired principal for anonymous whatever its scopes',
      SCOPED,
      expired,
      'unauthenticated',
    ],
    [
      'takes an expiry that is no number for expired',
      AUTHENTICATED,
      principal({ expiresAt: NaN }),
      'unauthenticated',
    ],
    [
      'knows credentials that never expire',
      AUTHENTICATED,
      principal({ expiresAt: Infinity }),
      'allow',
    ],
    [
      'lets in who holds every scope',
      SCOPED,
      principal({ scopes: ['notes:write', 'x', 'notes:read'] }),
      'allow',
    ],
    [
      'asks for scopes where one is missing',
      SCOPED,
      principal({ scopes: ['notes:read'] }),
      'insufficient_scope',
    ],
    ['asks for scopes where all are missing', SCOPED, principal(), 'insufficient_scope'],
    [
      'compares whole scopes',
      SCOPED,
      principal({ scopes: ['notes:readwrite', 'NOTES:READ'] }),
      'insufficient_scope',
    ],
    ['forbids a kind of credential without scopes', SCOPED, session, 'forbidden'],
  ] as const)('%s', (_sentence, rule, caller, outcome) => {
    expect(decide(rule, caller, NOW).outcome).toBe(outcome);
  });

  it('names every scope of the operation, so that one step-up is enough', () => {
    expect(decide(SCOPED, principal({ scopes: ['notes:read'] }), NOW)).toEqual({
      outcome: 'insufficient_scope',
      scopes: ['notes:read', 'notes:write'],
    });
  });

  it('says what is wrong with a kind of credential that can never hold scopes', () => {
    expect(decide(SCOPED, session, NOW)).toEqual({
      outcome: 'forbidden',
      reason: 'A session_token carries no OAuth scopes, and this needs: notes:read, notes:write.',
    });
  });

  it('looks at the clock when it is given none', () => {
    expect(decide(AUTHENTICATED, principal({ expiresAt: Date.now() + 60_000 })).outcome).toBe(
      'allow',
    );
    expect(decide(AUTHENTICATED, principal({ expiresAt: Date.now() - 1 })).outcome).toBe(
      'unauthenticated',
    );
  });
});

describe('refusalOf', () => {
  it('is nothing where the decision allows', () => {
    expect(refusalOf({ outcome: 'allow' })).toBeUndefined();
  });

  it.each([
    [{ outcome: 'unauthenticated' }, { reason: 'unauthenticated' }],
    [
      { outcome: 'insufficient_scope', scopes: ['a', 'b'] },
      { reason: 'insufficient_scope', scopes: ['a', 'b'] },
    ],
    [
      { outcome: 'forbidden', reason: 'Because.' },
      { reason: 'forbidden', description: 'Because.' },
    ],
  ] as const)('turns %o into a refusal', (decision, refusal) => {
    expect(refusalOf(decision)).toEqual(refusal);
  });
});
