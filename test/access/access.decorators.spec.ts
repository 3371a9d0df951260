import { applyDecorators } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  Authenticated,
  Public,
  RequireScopes,
  accessRuleOf,
} from '../../src/access/access.decorators.js';
import { AUTHENTICATED } from '../../src/access/access-rule.js';
import { ContradictoryAccessError } from '../../src/access/access.errors.js';

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
      expect(() => RequireScopes(scope)).toThrow(RangeError);
    },
  );

  it('refuse to require no scope at all', () => {
    // @ts-expect-error at least one scope
    expect(() => RequireScopes()).toThrow('at least one scope');
  });

  it.each(['notes:read', 'https://api.test/notes.read', 'org:admin', '!#[]~'])(
    'take the scope %j',
    (scope) => {
      expect(() => RequireScopes(scope)).not.toThrow();
    },
  );
});
