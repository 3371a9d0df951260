import { describe, expect, it } from 'vitest';
import {
  AcceptTokens,
  Authenticated,
  DenyImpersonation,
  Public,
  RequireAnyOf,
  RequireAnyScope,
  RequireByToken,
  RequireOrganization,
  RequireScopes,
  VerifyAlways,
  accessRuleOf,
  withAccessRule,
} from '../../src/access/access.decorators.js';
import { InvalidAccessRuleError } from '../../src/access/access.errors.js';
import { requirement } from '../../src/access/requirement.js';

describe('needs', () => {
  it.each([
    ['a role without a name', () => requirement.role(' '), 'A required role needs a name.'],
    [
      'a role that is only a prefix',
      () => requirement.role('org:'),
      'A required role needs a name.',
    ],
    ['a permission without a name', () => requirement.permission(''), 'A required permission'],
    [
      'a system permission',
      () => requirement.permission('org:sys_memberships:read'),
      'no token carries',
    ],
    ['a feature without a name', () => requirement.feature('org:'), 'feature needs a name'],
    [
      'a feature of nobody',
      () => requirement.feature('team:export'),
      'written as a name, or as org:name',
    ],
    ['a feature in three parts', () => requirement.feature('org:a:b'), '"org:a:b"'],
    ['a plan of a user without a name', () => requirement.plan('user:'), 'The plan "user:"'],
    ['no kind at all', () => (requirement.tokens as () => unknown)(), 'at least one kind'],
    [
      'a time that is none',
      () => requirement.reverification({ level: 'first_factor', afterMinutes: 0 }),
      'above 0',
    ],
    [
      'a scope with a space',
      () => requirement.anyScope('a b'),
      '@RequireAnyScope("a b"): a scope has no spaces',
    ],
    [
      'no scope',
      () => (requirement.anyScope as () => unknown)(),
      '@RequireAnyScope() needs at least one scope',
    ],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(InvalidAccessRuleError);
    expect(make).toThrow(message);
  });

  it.each(['export', 'org:export', 'o:export', 'organization:export', 'user:export', 'u:export'])(
    'takes the feature %s',
    (feature) => {
      expect(requirement.feature(feature)).toEqual({ kind: 'feature', feature });
    },
  );

  it('names a policy', () => {
    class Mine {
      allows = () => true;
    }
    expect(requirement.policy(Mine)).toEqual({ kind: 'policy', name: 'Mine', policy: Mine });
    const anonymous = (
      () => () =>
        true
    )();
    expect(requirement.policy(anonymous)).toMatchObject({ name: 'policy' });
  });

  it('keeps each kind once', () => {
    expect(requirement.tokens('a', 'b', 'a')).toEqual({ kind: 'tokens', tokens: ['a', 'b'] });
    expect(requirement.organization()).toEqual({ kind: 'organization' });
  });
});

describe('decorators of several ways', () => {
  class Tools {
    @RequireAnyOf([requirement.role('admin')], [])
    either() {}
    @RequireByToken({ api_key: [] })
    byToken() {}
    @RequireAnyScope('a')
    @AcceptTokens('api_key')
    @RequireScopes('b')
    @RequireScopes('c')
    @RequireOrganization()
    many() {}
  }

  it('are rules as data', () => {
    const requirementsOf = (method: string) => {
      const rule = accessRuleOf(Tools, method);
      return rule.kind === 'protected' ? rule.requirements : undefined;
    };
    expect(requirementsOf('either')).toEqual([
      { kind: 'any_of', alternatives: [[{ kind: 'role', role: 'admin' }], []] },
    ]);
    expect(requirementsOf('byToken')).toEqual([{ kind: 'by_token', byToken: { api_key: [] } }]);
    expect(requirementsOf('many')).toEqual([
      { kind: 'scopes', scopes: ['a'], mode: 'any' },
      { kind: 'tokens', tokens: ['api_key'] },
      { kind: 'scopes', scopes: ['b', 'c'], mode: 'all' },
      { kind: 'organization' },
    ]);
  });

  it('need an alternative', () => {
    const decorate = (RequireAnyOf as () => ClassDecorator)();
    expect(() => decorate(class Tools {})).toThrow(
      'Tools: @RequireAnyOf() needs at least one alternative',
    );
  });
});

describe('@DenyImpersonation() and @VerifyAlways()', () => {
  const IN_PERSON = { kind: 'no_impersonation' };

  @DenyImpersonation()
  @VerifyAlways()
  @RequireScopes('a')
  class Strict {
    inherits() {}
    @RequireScopes('b')
    says() {}
    @DenyImpersonation()
    @Authenticated()
    repeats() {}
    @Public()
    open() {}
  }

  class Loose {
    @VerifyAlways()
    sensitive() {}
    @DenyImpersonation()
    inPerson() {}
    plain() {}
    @Public()
    @DenyImpersonation()
    torn() {}
  }

  const scopes = (...all: string[]) => ({ kind: 'scopes', scopes: all, mode: 'all' });

  it('narrow whatever else is said', () => {
    const strict = { kind: 'protected', verifyAlways: true };
    expect(accessRuleOf(Strict, 'inherits')).toEqual({
      ...strict,
      requirements: [scopes('a'), IN_PERSON],
    });
    expect(accessRuleOf(Strict, 'says')).toEqual({
      ...strict,
      requirements: [scopes('b'), IN_PERSON],
    });
    expect(accessRuleOf(Strict, 'repeats')).toEqual({ ...strict, requirements: [IN_PERSON] });
    expect(accessRuleOf(Strict, 'open')).toEqual({ kind: 'public' });
  });

  it('hold for one method, too', () => {
    expect(accessRuleOf(Loose, 'sensitive')).toEqual({
      kind: 'protected',
      requirements: [],
      verifyAlways: true,
    });
    expect(accessRuleOf(Loose, 'inPerson')).toEqual({
      kind: 'protected',
      requirements: [IN_PERSON],
    });
    expect(accessRuleOf(Loose, 'plain')).toEqual({ kind: 'protected', requirements: [] });
  });

  it('are said once in a rule', () => {
    class Twice {
      @DenyImpersonation()
      @withAccessRule({
        kind: 'protected',
        requirements: [requirement.noImpersonation(), requirement.organization()],
      })
      run() {}
    }
    expect(accessRuleOf(Twice, 'run')).toEqual({
      kind: 'protected',
      requirements: [IN_PERSON, { kind: 'organization' }],
    });
  });

  it('verify always where one of two merged rules does', () => {
    class Merged {
      @DenyImpersonation()
      @withAccessRule({ kind: 'protected', requirements: [], verifyAlways: true })
      below() {}
      @withAccessRule({ kind: 'protected', requirements: [], verifyAlways: true })
      @DenyImpersonation()
      above() {}
    }
    for (const method of ['below', 'above']) {
      expect(accessRuleOf(Merged, method)).toMatchObject({ verifyAlways: true });
    }
  });

  it('refuse an actor by delegation where the class or the method says so', () => {
    const deny = { delegation: 'deny' } as const;
    const both = { ...IN_PERSON, ...deny };
    @DenyImpersonation()
    class Delegable {
      inherits() {}
      @DenyImpersonation(deny)
      stricter() {}
      @DenyImpersonation(deny)
      @DenyImpersonation()
      both() {}
      @withAccessRule({ kind: 'protected', requirements: [requirement.noImpersonation(deny)] })
      said() {}
      @DenyImpersonation(deny)
      @withAccessRule({ kind: 'protected', requirements: [requirement.noImpersonation(deny)] })
      twice() {}
    }
    @DenyImpersonation(deny)
    class Strict {
      @DenyImpersonation({ delegation: 'allow' })
      laxer() {}
      @withAccessRule({ kind: 'protected', requirements: [requirement.noImpersonation()] })
      said() {}
    }
    const denials = (type: typeof Delegable | typeof Strict, method: string) =>
      Object.entries(accessRuleOf(type, method)).flatMap(([, value]) =>
        Array.isArray(value) ? value : [],
      );
    expect(denials(Delegable, 'inherits')).toEqual([IN_PERSON]);
    expect(denials(Delegable, 'stricter')).toEqual([both]);
    expect(denials(Delegable, 'both')).toEqual([both]);
    expect(denials(Delegable, 'said')).toEqual([both]);
    expect(denials(Delegable, 'twice')).toEqual([both]);
    expect(denials(Strict, 'laxer')).toEqual([both]);
    expect(denials(Strict, 'said')).toEqual([IN_PERSON, both]);
  });

  it('contradict @Public() on a method', () => {
    expect(() => accessRuleOf(Loose, 'torn')).toThrow(
      'Loose.torn is both @Public() and protected.',
    );
  });
});
