import { describe, expect, it } from 'vitest';
import {
  type AccessRequirement,
  AUTHENTICATED,
  mergeRules,
  policiesIn,
  protectedBy,
  PUBLIC,
  requirementsIn,
} from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import { anyOf, byToken } from './support.js';

type ProtectedRule = Parameters<typeof mergeRules>[0];

const [a, b, c] = [requirement.scopes('a'), requirement.scopes('b'), requirement.scopes('c')];
const [onlyKeys, eitherKind] = [
  requirement.tokens('api_key'),
  requirement.tokens('api_key', 'oauth_token'),
];

describe('requirementsIn', () => {
  it('has none for a public rule, and for one that any principal meets', () => {
    expect(requirementsIn(PUBLIC)).toEqual([]);
    expect(requirementsIn(AUTHENTICATED)).toEqual([]);
  });

  it('has the requirements of all alternatives and kinds of credential', () => {
    const nested = anyOf([a], [byToken({ api_key: [b], oauth_token: [onlyKeys, c] })]);
    expect(requirementsIn(protectedBy(eitherKind, nested))).toEqual([
      eitherKind,
      a,
      b,
      onlyKeys,
      c,
    ]);
  });

  it('leaves out what never applies to a kind of credential', () => {
    const rule = protectedBy(
      eitherKind,
      anyOf([a], [onlyKeys, b]),
      byToken({ api_key: [b], oauth_token: [c] }),
    );
    expect(requirementsIn(rule, 'oauth_token')).toEqual([eitherKind, a, c]);
    expect(requirementsIn(rule, 'api_key')).toEqual([eitherKind, a, onlyKeys, b, b]);
    expect(requirementsIn(rule, 'm2m_token')).toEqual([]);
    expect(requirementsIn(protectedBy(byToken({ api_key: [a] })), 'oauth_token')).toEqual([]);
  });
});

describe('policiesIn', () => {
  it('finds policies however deep they are', () => {
    const [one, other] = [requirement.policy(() => true), requirement.policy(() => false)];
    expect(policiesIn(protectedBy(one, a, byToken({ api_key: [anyOf([b, other])] })))).toEqual([
      one,
      other,
    ]);
    expect(policiesIn(PUBLIC)).toEqual([]);
  });
});

describe('mergeRules', () => {
  const protectedRule = (...requirements: AccessRequirement[]): ProtectedRule => ({
    kind: 'protected',
    requirements,
  });
  const always: ProtectedRule = { kind: 'protected', requirements: [a], verifyAlways: true };

  it('requires both, with all scopes in one requirement', () => {
    const either = requirement.anyScope('x', 'y');
    expect(mergeRules(protectedRule(either, a), protectedRule(onlyKeys, b))).toStrictEqual(
      protectedRule(either, requirement.scopes('a', 'b'), onlyKeys),
    );
  });

  it('verifies always where one of the two does', () => {
    expect(mergeRules(always, protectedRule())).toStrictEqual(always);
    expect(mergeRules(protectedRule(), always)).toStrictEqual(always);
  });
});
