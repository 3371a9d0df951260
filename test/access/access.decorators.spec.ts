import { applyDecorators } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  AcceptTokens,
  Authenticated,
  DenyImpersonation,
  Public,
  RequireAnyOf,
  RequireAnyScope,
  RequireByToken,
  RequireFeature,
  RequireOrganization,
  RequirePermission,
  RequirePlan,
  RequirePolicy,
  RequireReverification,
  RequireRole,
  RequireScopes,
  VerifyAlways,
  type AccessDecorator,
  accessRuleOf,
} from '../../src/access/access.decorators.js';
import { AUTHENTICATED } from '../../src/access/access-rule.js';
import {
  ContradictoryAccessError,
  InvalidAccessRuleError,
} from '../../src/access/access.errors.js';

const FACTORIES = {
  AcceptTokens,
  Authenticated,
  DenyImpersonation,
  Public,
  RequireAnyOf,
  RequireAnyScope,
  RequireByToken,
  RequireFeature,
  RequireOrganization,
  RequirePermission,
  RequirePlan,
  RequirePolicy,
  RequireReverification,
  RequireRole,
  RequireScopes,
  VerifyAlways,
};

const scoped = (scopes: string[]) => ({
  kind: 'protected',
  requirements: [{ kind: 'scopes', scopes, mode: 'all' }],
});

describe('access decorators', () => {
  class Undecorated {
    method() {}
  }

  @Public()
  class Open {
    inherited() {}

    @Authenticated()
    closed() {}

    @RequireScopes('notes:read')
    scoped() {}
  }

  it('ask for a principal where nothing is said', () => {
    expect(accessRuleOf(Undecorated, 'method')).toEqual(AUTHENTICATED);
    expect(accessRuleOf(Undecorated, 'missing')).toEqual(AUTHENTICATED);
  });

  it('apply the rule of the class to its methods, and let a method win', () => {
    expect(accessRuleOf(Open, 'inherited')).toEqual({ kind: 'public' });
    expect(accessRuleOf(Open, 'closed')).toEqual(AUTHENTICATED);
    expect(accessRuleOf(Open, 'scoped')).toEqual(scoped(['notes:read']));
  });

  it('let a method open up a protected class', () => {
    @RequireScopes('admin')
    class Closed {
      @Public()
      open() {}
      other() {}
    }
    expect(accessRuleOf(Closed, 'open')).toEqual({ kind: 'public' });
    expect(accessRuleOf(Closed, 'other')).toEqual(scoped(['admin']));
  });

  it('add up when they are stacked, each scope once, in the order of reading', () => {
    class Stacked {
      @RequireScopes('a', 'b')
      @Authenticated()
      @RequireScopes('b', 'c')
      method() {}
    }
    expect(accessRuleOf(Stacked, 'method')).toEqual(scoped(['a', 'b', 'c']));
  });

  it('add up inside of applyDecorators', () => {
    const Editor = () => applyDecorators(RequireScopes('notes:write'), RequireScopes('notes:read'));
    class Composed {
      @Editor()
      method() {}
    }
    expect(accessRuleOf(Composed, 'method')).toEqual(scoped(['notes:read', 'notes:write']));
  });

  it('are inherited, and overridden by a class that says something itself', () => {
    class Heir extends Open {}
    @RequireScopes('heir')
    class Strict extends Open {}
    expect(accessRuleOf(Heir, 'inherited')).toEqual({ kind: 'public' });
    expect(accessRuleOf(Heir, 'closed')).toEqual(AUTHENTICATED);
    expect(accessRuleOf(Strict, 'inherited')).toEqual(scoped(['heir']));
    expect(accessRuleOf(Open, 'inherited'), 'the base keeps its own').toEqual({ kind: 'public' });
  });

  it('fall back to the class where an heir overrides a method without a word', () => {
    class Base {
      @Public()
      method() {}
    }
    class Heir extends Base {
      override method() {}
    }
    expect(accessRuleOf(Heir, 'method')).toEqual(AUTHENTICATED);
  });

  it('may say twice that a method is public', () => {
    class Open {
      @Public()
      @Public()
      method() {}
    }
    expect(accessRuleOf(Open, 'method')).toEqual({ kind: 'public' });
  });

  it('keep the rules of two methods apart', () => {
    class Pair {
      @RequireScopes('one')
      first() {}
      @RequireScopes('two')
      second() {}
    }
    expect(accessRuleOf(Pair, 'first')).toEqual(scoped(['one']));
    expect(accessRuleOf(Pair, 'second')).toEqual(scoped(['two']));
  });

  it.each([
    ['@Public() above', [Public(), Authenticated()]],
    ['@Public() below', [RequireScopes('a'), Public()]],
  ])('refuse a contradiction on one method: %s', (_, decorators) => {
    const decorate = () => {
      class Torn {
        @applyDecorators(...decorators)
        method() {}
      }
      return Torn;
    };
    expect(decorate).toThrow(ContradictoryAccessError);
    expect(decorate).toThrow('Torn.method is both @Public() and protected.');
  });

  it('refuse a contradiction on one class', () => {
    const decorate = () => {
      @Public()
      @Authenticated()
      class Torn {}
      return Torn;
    };
    expect(decorate).toThrow('Torn is both @Public() and protected.');
  });

  it.each(['', 'two words', 'quo"te', 'back\\slash', 'tab\t', 'ünicode'])(
    'refuse the scope %j, which no challenge could name',
    (scope) => {
      const error = errorOf(() => onMethod(RequireScopes(scope)));
      expect(error).toMatchObject({ code: 'INVALID_ACCESS_RULE', name: 'InvalidAccessRuleError' });
      expect(error.message).toContain(`Tools.run: @RequireScopes(${JSON.stringify(scope)})`);
    },
  );

  it('refuse to require no scope at all', () => {
    // @ts-expect-error at least one scope
    const decorator = RequireScopes();
    expect(errorOf(() => onMethod(decorator)).message).toBe(
      'Tools.run: @RequireScopes() needs at least one scope.',
    );
  });

  it.each<[string, () => AccessDecorator, string]>([
    ['a role without a name', () => RequireRole(''), 'A required role needs a name'],
    ['a role that is no text', () => RequireRole(['a'] as never), 'A required role is a string'],
    ['a system permission', () => RequirePermission('org:sys_x:y'), "Clerk's system permissions"],
    ['a feature in three parts', () => RequireFeature('a:b:c'), 'The feature "a:b:c"'],
    ['a plan of nobody', () => RequirePlan('team:x'), 'The plan "team:x"'],
    [
      'no time',
      () => RequireReverification({ level: 'first_factor', afterMinutes: 0 }),
      'afterMinutes',
    ],
    ['no kind', () => (AcceptTokens as () => AccessDecorator)(), 'at least one kind'],
    ['no policy', () => RequirePolicy(undefined as never), 'two files import each other'],
    ['no alternative', () => (RequireAnyOf as () => AccessDecorator)(), 'at least one alternative'],
    [
      'an alternative that is no list',
      () => RequireAnyOf({ kind: 'organization' } as never),
      'at least one alternative',
    ],
    [
      'a kind without a list',
      () => RequireByToken({ oauth_token: { kind: 'organization' } as never }),
      'a list of requirements for each kind',
    ],
    [
      'an option that does not exist',
      () => DenyImpersonation({ delegations: 'allow' } as never),
      'unknown option `delegations`: write `delegation`.',
    ],
    [
      'a delegation that is neither',
      () => DenyImpersonation({ delegation: 'yes' } as never),
      `delegation is "yes". Use 'allow' or 'deny'.`,
    ],
  ])('name class and method where they got %s', (_, create, problem) => {
    const decorator = create();
    const error = errorOf(() => onMethod(decorator));
    expect(error).toBeInstanceOf(InvalidAccessRuleError);
    expect(error.message).toMatch(/^Tools\.run: /);
    expect(error.message).toContain(problem);
  });

  it.each(Object.entries(FACTORIES))('refuse @%s without parentheses', (name, factory) => {
    const bare = factory as unknown as (...args: unknown[]) => unknown;
    class Tools {
      run() {}
      static fixed() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Tools.prototype, 'run');
    const problem = `@${name} has no parentheses. Write @${name}().`;
    expect(() => bare(Tools.prototype, 'run', descriptor)).toThrow(`Tools.run: ${problem}`);
    expect(() => bare(Tools, 'fixed', descriptor)).toThrow(`Tools.fixed: ${problem}`);
    if (name !== 'RequirePolicy') expect(() => bare(Tools)).toThrow(`Tools: ${problem}`);
    expect(errorOf(() => bare(Tools.prototype, 'run', descriptor))).toMatchObject({
      code: 'INVALID_ACCESS_RULE',
    });
  });

  it('refuse a property, an accessor and a parameter', () => {
    const decorate = Public() as (...place: unknown[]) => unknown;
    for (const third of [undefined, { get: () => 1 }, 0]) {
      expect(() => decorate(class Tools {}.prototype, 'run', third)).toThrow(
        'Tools.run: an access decorator is on a property, an accessor or a parameter.',
      );
    }
  });

  it.each(['notes:read', 'https://api.test/notes.read', 'org:admin', '!#[]~'])(
    'take the scope %j',
    (scope) => {
      expect(() => RequireScopes(scope)).not.toThrow();
    },
  );
});

function onMethod(decorator: AccessDecorator): void {
  class Tools {
    run() {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Tools.prototype, 'run');
  decorator(Tools.prototype, 'run', descriptor as PropertyDescriptor);
}

function errorOf(act: () => unknown): Error & { code?: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('No error was thrown.');
}
