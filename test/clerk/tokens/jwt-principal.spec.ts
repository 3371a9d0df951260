import { describe, expect, it } from 'vitest';
import {
  principalOfJwt,
  sessionFactsIn,
  sessionOrganizationIn,
} from '../../../src/clerk/tokens/jwt-principal.js';
import type { TokenType } from '../../../src/clerk/tokens/classify.js';
import { refusalIn } from '../support/token-verifier.js';

const claims = { sub: 'user_1', iss: 'https://issuer.test', exp: 2_000, iat: 1_000 };

describe('principalOfJwt', () => {
  it('says of an OAuth token what its claims say', () => {
    const all = {
      ...claims,
      client_id: 'client',
      scope: 'a b',
      act: { sub: 'user_2' },
      org_id: 'org_1',
    };
    expect(principalOfJwt('oauth_token', all, undefined)).toEqual({
      tokenType: 'oauth_token',
      issuer: 'https://issuer.test',
      subject: 'user_1',
      userId: 'user_1',
      clientId: 'client',
      organization: { id: 'org_1' },
      scopes: ['a', 'b'],
      delegation: [{ subject: 'user_2' }],
      issuedAt: 1_000_000,
      expiresAt: 2_000_000,
      claims: all,
    });
  });

  it.each<[unknown, readonly string[]]>([
    [{}, []],
    [{ scope: 'a a  b' }, ['a', 'b']],
    [{ scp: ['a', 'b c', 7] }, ['a', 'b', 'c']],
    [{ scp: ['x'], scope: 'y' }, ['x']],
    [{ scope: 7 }, []],
  ])('reads the scopes of %j', (more, scopes) => {
    expect(
      principalOfJwt('oauth_token', { ...claims, ...(more as object) }, undefined).scopes,
    ).toEqual(scopes);
  });

  it.each([
    ['a client that is no text', 'oauth_token', { client_id: 7 }],
    ['an empty client', 'oauth_token', { client_id: '' }],
    ['an organization that is none', 'oauth_token', { org_id: 'acme' }],
    ['an organization that is no text', 'oauth_token', { org_id: 7 }],
    ['nobody who acts, written out', 'oauth_token', { act: null }],
    ['nobody who impersonates, written out', 'session_token', { act: null }],
  ] as const)('says nothing of %s', (_, kind, more) => {
    const principal = principalOfJwt(kind, { ...claims, ...more }, undefined);
    for (const member of ['clientId', 'organization', 'actor', 'delegation', 'features']) {
      expect(principal).not.toHaveProperty(member);
    }
  });

  it('knows the session, the user and the machine', () => {
    const session = principalOfJwt(
      'session_token',
      { ...claims, sid: 'sess_1', fva: [1, -1], scope: 'a' },
      undefined,
    );
    expect(session).toMatchObject({ sessionId: 'sess_1', userId: 'user_1', factorAges: [1, -1] });
    expect(session).not.toHaveProperty('scopes');
    const machine = principalOfJwt(
      'm2m_token',
      { ...claims, sub: 'mch_1', fva: [1, -1] },
      undefined,
    );
    expect(machine).not.toHaveProperty('userId');
    expect(machine).not.toHaveProperty('factorAges');
    expect(principalOfJwt('id_token', { ...claims, aud: ['one', 'two'] }, undefined).clientId).toBe(
      'one',
    );
    const { iat: _, ...undated } = claims;
    expect(principalOfJwt('id_token', undated, undefined)).not.toHaveProperty('issuedAt');
  });
});

describe('sessionFactsIn', () => {
  const none = { organization: [], user: [] };

  it.each([
    ['o:a,u:b', { organization: ['a'], user: ['b'] }],
    [' ou:a , uo:b ', { organization: ['a', 'b'], user: ['a', 'b'] }],
    ['x:a', none],
    ['o:a:b', { organization: ['a:b'], user: [] }],
    ['u:', { organization: [], user: [''] }],
  ])('reads %j', (claim, expected) => {
    expect(sessionFactsIn({ fea: claim, pla: claim })).toEqual({
      features: expected,
      plans: expected,
    });
  });

  it.each(['a', 'o:a,b', '', 7, null, undefined, ['o:a']])('makes nothing of %j', (claim) => {
    expect(sessionFactsIn({ fea: claim, pla: claim })).toEqual({});
  });

  it.each([[[0, 0]], [[1, -1]], [[-1, -1]]])('takes the ages %j', (fva) => {
    expect(sessionFactsIn({ fva })).toEqual({ factorAges: fva });
  });

  it.each([
    [[1]],
    [[1, 2, 3]],
    [[-2, 1]],
    [[1, NaN]],
    [[Infinity, 1]],
    [['1', 2]],
    ['1,2'],
    [null],
  ])('makes nothing of the ages %j', (fva) => {
    expect(sessionFactsIn({ fva })).toEqual({});
  });
});

describe('The active organization of a session', () => {
  const o = { id: 'org_1', slg: 'acme', rol: 'admin', per: 'manage,read', fpm: '3' };
  const organization = {
    id: 'org_1',
    slug: 'acme',
    role: 'org:admin',
    permissions: ['org:teams:manage', 'org:teams:read'],
  };
  const version1 = {
    org_id: 'org_1',
    org_slug: 'acme',
    org_role: 'org:admin',
    org_permissions: ['org:teams:manage', 'org:teams:read'],
  };

  it('is in "o" in claims of version 2', () => {
    expect(sessionOrganizationIn({ ...claims, v: 2, fea: 'o:teams', o })).toEqual(organization);
  });

  it.each([undefined, 1])('is in "org_id" in claims of version %s', (v) => {
    expect(sessionOrganizationIn({ ...claims, v, ...version1 })).toEqual(organization);
  });

  it('is in no claim of another version', () => {
    expect(sessionOrganizationIn({ ...claims, v: 2, ...version1 })).toBeUndefined();
    expect(sessionOrganizationIn({ ...claims, v: 1, fea: 'o:teams', o })).toBeUndefined();
  });

  it.each([
    ['"o"', { v: 2 }],
    ['an id in "o"', { v: 2, fea: 'o:teams', o: { ...o, id: undefined } }],
    ['"org_id"', { v: 1, org_role: 'org:admin' }],
    ['an id in "org_id"', { v: 1, ...version1, org_id: '' }],
  ])('is none without %s', (_, more) => {
    expect(sessionOrganizationIn({ ...claims, ...more })).toBeUndefined();
  });

  it('may have no slug, no role and no permissions', () => {
    const alone = { ...claims, v: 1, org_id: 'org_1' };
    expect(sessionOrganizationIn(alone)).toEqual({ id: 'org_1' });
    const session = principalOfJwt('session_token', alone, sessionOrganizationIn(alone));
    expect(session.organization).toStrictEqual({ id: 'org_1' });
  });

  it('is not guessed from a malformed claim: the token is refused', () => {
    const read = () =>
      sessionOrganizationIn({ ...claims, v: 2, fea: 'o:teams', o: { ...o, per: 7 } });
    expect(refusalIn(read)).toEqual({
      reason: 'invalid_token',
      description: 'The access token could not be verified.',
    });
  });
});

describe('The act claim', () => {
  const acting = (kind: TokenType, act: unknown) => {
    const { actor, delegation } = principalOfJwt(kind, { ...claims, act }, undefined);
    return { actor, delegation };
  };

  it.each(['session_token', 'jwt_template', 'id_token'] as const)(
    'names who impersonates the user of a %s',
    (kind) => {
      expect(acting(kind, { sub: 'user_2', act: { sub: 'user_3' } })).toEqual({ actor: 'user_2' });
    },
  );

  it.each(['oauth_token', 'm2m_token', 'api_key'] as const)(
    'names the actors of a delegation of a %s, the current one first',
    (kind) => {
      const act = { sub: 'agent', iss: 'https://idp.test', act: { sub: 'service', act: null } };
      expect(acting(kind, act)).toEqual({
        delegation: [{ subject: 'agent', issuer: 'https://idp.test' }, { subject: 'service' }],
      });
    },
  );

  it.each([[{}], [{ iss: 'x' }], [{ sub: 7 }], [{ sub: '' }], ['user_2'], [['user_2']], [0], ['']])(
    'that is %j says that somebody acts, and not who',
    (act) => {
      expect(acting('session_token', act)).toEqual({ actor: 'unknown' });
      expect(acting('oauth_token', act)).toMatchObject({ delegation: [{ subject: 'unknown' }] });
    },
  );

  it.each([7, '', null, ['https://idp.test'], undefined])(
    'names no issuer of an actor when iss is %j',
    (iss) => {
      expect(acting('oauth_token', { sub: 'agent', iss }).delegation).toStrictEqual([
        { subject: 'agent' },
      ]);
    },
  );

  it('is read to a bounded depth', () => {
    const deep = (depth: number): object =>
      depth === 0 ? { sub: 'last' } : { sub: `${depth}`, act: deep(depth - 1) };
    const { delegation } = acting('oauth_token', deep(100));
    expect(delegation?.map(({ subject }) => subject).join()).toBe('100,99,98,97,96,95,94,93');
  });
});
