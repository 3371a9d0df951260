import { describe, expect, it } from 'vitest';
import {
  accessRuleOf,
  hasAccessDecorator,
  Public,
  RequireOrganization,
  RequireScopes,
  VerifyAlways,
} from '../../src/access/access.decorators.js';
import { protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';

describe('accessRuleOf', () => {
  it('has the rule of the class for a member that is not a method', () => {
    @RequireScopes('a')
    class Limits {}
    Object.assign(Limits.prototype, { limit: 5 });
    expect(accessRuleOf(Limits, 'limit')).toEqual(protectedBy(requirement.scopes('a')));
  });
});

describe('hasAccessDecorator', () => {
  it('finds every kind of access decorator on a method, and none of its class', () => {
    @Public()
    class Tools {
      @RequireOrganization()
      ruled() {}
      @VerifyAlways()
      modified() {}
      plain() {}
    }
    const { ruled, modified, plain } = Tools.prototype;
    expect([ruled, modified, plain].map(hasAccessDecorator)).toEqual([true, true, false]);
  });
});
