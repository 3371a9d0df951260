import { describe, expect, it } from 'vitest';
import { AUTHENTICATED, PUBLIC, protectedBy } from '../../src/access/access-rule.js';
import { describeRule, explainRefusal, explainRule } from '../../src/access/explain-rule.js';
import { type RefusalAnswer, RefusalResponder } from '../../src/access/refusal-responder.js';
import type { Refusal } from '../../src/access/refusal.js';
import { requirement } from '../../src/access/requirement.js';
import { admin, control, oauth, session } from './support.js';

/** Writes into its answer what it was asked. */
class EchoResponder extends RefusalResponder {
  override answer({ reason }: Refusal, path = 'none', host = 'none'): RefusalAnswer {
    return { status: 418, headers: { reason, path, host }, body: { error: 'not shown' } };
  }
}

const responder = new EchoResponder();
const parts = async () => ({
  control: await control({ membershipOf: () => undefined }),
  responder,
  path: 'mcp',
});
const valid = { expiresAt: Infinity };

describe('explainRule', () => {
  it('says that a rule allows, and that each condition holds', async () => {
    const rule = protectedBy(requirement.scopes('a'), requirement.tokens('oauth_token'));
    const explanation = await explainRule(await parts(), rule, oauth({ ...valid, scopes: ['a'] }));
    expect(explanation).toStrictEqual({
      allowed: true,
      conditions: [
        { condition: 'the scope a', holds: true },
        { condition: 'a credential of the kind oauth_token', holds: true },
      ],
    });
  });

  it('says which condition does not hold, why, and what the resource answers', async () => {
    const rule = protectedBy(requirement.scopes('a'), requirement.tokens('oauth_token'));
    expect(await explainRule(await parts(), rule, oauth(valid))).toStrictEqual({
      allowed: false,
      conditions: [
        {
          condition: 'the scope a',
          holds: false,
          reason: 'The token does not grant all required scopes: a',
        },
        { condition: 'a credential of the kind oauth_token', holds: true },
      ],
      refusal: {
        reason: 'insufficient_scope',
        message: 'The token does not grant all required scopes: a',
        cure: 'The client must request these scopes, and the user must grant them.',
        scopes: ['a'],
        answer: {
          status: 418,
          headers: { reason: 'insufficient_scope', path: 'mcp', host: 'none' },
        },
      },
    });
  });

  it('tells an anonymous caller to sign in, and lets it use what is public', async () => {
    const refused = await explainRule(await parts(), AUTHENTICATED, undefined);
    expect(refused).toMatchObject({
      allowed: false,
      conditions: [],
      refusal: { reason: 'unauthenticated' },
    });
    expect(await explainRule(await parts(), PUBLIC, undefined)).toStrictEqual({
      allowed: true,
      conditions: [],
    });
  });

  it('believes the role that a made-up principal states, and asks Clerk about any other', async () => {
    const rule = protectedBy(requirement.role('admin'));
    const who = session({ ...valid, organization: admin });
    expect(await explainRule(await parts(), rule, who, true)).toMatchObject({ allowed: true });
    expect(await explainRule(await parts(), rule, who)).toMatchObject({ allowed: false });
  });

  it('takes a made-up principal that is absent for anonymous', async () => {
    const explanation = await explainRule(await parts(), AUTHENTICATED, undefined, true);
    expect(explanation.refusal?.reason).toBe('unauthenticated');
  });
});

describe('explainRefusal', () => {
  const explain = (refusal: Refusal) =>
    explainRefusal(
      { control: undefined as never, responder, path: 'mcp', host: 'a.test' },
      refusal,
    );

  it('has the answer of the resource at the host that was named', () => {
    expect(explain({ reason: 'token_expired' })).toStrictEqual({
      reason: 'token_expired',
      message: 'The token has expired',
      cure: 'Refresh it. If it is new, compare the clocks.',
      answer: {
        status: 418,
        headers: { reason: 'token_expired', path: 'mcp', host: 'a.test' },
      },
    });
  });

  it.each<Refusal>([
    { reason: 'forbidden', description: 'Not you.' },
    { reason: 'reverification', reverification: 'lax' },
  ])('has no answer of HTTP for $reason, which the result of the call tells', (refusal) => {
    expect(explain(refusal)).not.toHaveProperty('answer');
    expect(explain(refusal).reason).toBe(refusal.reason);
  });

  it('lists the scopes that the caller does not hold yet', () => {
    const scopes = ['a', 'b', 'c'];
    const missing = explain({ reason: 'insufficient_scope', scopes, granted: ['b', 'x'] });
    expect(missing.scopes).toEqual(['a', 'c']);
    expect(explain({ reason: 'insufficient_scope', scopes }).scopes).toEqual(scopes);
    expect(explain({ reason: 'unauthenticated' })).not.toHaveProperty('scopes');
  });
});

describe('describeRule', () => {
  it.each([
    ['public', PUBLIC],
    ['any signed-in caller', AUTHENTICATED],
    [
      'any signed-in caller, verified again for each call',
      { kind: 'protected', requirements: [], verifyAlways: true },
    ],
    [
      'any signed-in caller, with the scope a, with the role admin',
      protectedBy(requirement.scopes('a'), requirement.role('admin')),
    ],
  ] as const)('%s', (text, rule) => {
    expect(describeRule(rule)).toBe(text);
  });
});
