import { ForbiddenException, Injectable, Logger, Scope, type Type } from '@nestjs/common';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { AccessPolicy, type AccessPolicyContext } from '../../src/access/access-policy.js';
import { AccessRefusedError } from '../../src/access/access.errors.js';
import { PUBLIC, protectedBy } from '../../src/access/access-rule.js';
import { RequestAccess } from '../../src/access/request-access.js';
import { requirement } from '../../src/access/requirement.js';
import { AccessRuleRegistry } from '../../src/access/access-rule-registry.js';

import { control, oauth, NOW } from './support.js';

const OUTAGE = { reason: 'unavailable', retryAfter: 3 } as const;
const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
afterAll(() => logged.mockRestore());

describe('policies', () => {
  class Flags {
    isOn = (subject: string) => subject === 'user_1';
  }

  @Injectable()
  class Beta extends AccessPolicy {
    constructor(private readonly flags: Flags) {
      super();
    }
    override async allows({ principal }: AccessPolicyContext) {
      return this.flags.isOn(principal.subject) || { reason: 'You are no beta tester.' };
    }
  }

  class Tools {
    run() {}
  }
  const target = { type: Tools, method: 'run' };

  it('are providers with dependencies, and give a reason', async () => {
    const access = await control({}, [Flags, Beta]);
    const rule = protectedBy(requirement.policy(Beta));
    expect(await access.decide(rule, oauth(), NOW)).toEqual({ allowed: true });
    const { refusal } = await access.decide(rule, oauth({ subject: 'user_2' }), NOW);
    expect(refusal).toEqual({ reason: 'forbidden', description: 'You are no beta tester.' });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('secret of the database');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret of the database'))],
  ])('fail closed where one %s, and tell the log only', async (_, policy) => {
    const rule = protectedBy(requirement.policy(policy));
    const { refusal } = await (await control()).decide(rule, oauth(), NOW);
    expect(refusal).toEqual({ reason: 'unavailable', retryAfter: 5, policy: 'policy' });
    expect(logged).toHaveBeenCalledWith(
      'policy failed',
      expect.stringContaining('secret of the database'),
    );
  });

  it('are logged once a minute where they fail', async () => {
    const access = await control();
    const failing = protectedBy(requirement.policy(() => Promise.reject(new Error('a bug'))));
    const other = protectedBy(requirement.policy(() => Promise.reject(new Error('a bug'))));
    const now = vi.spyOn(Date, 'now').mockReturnValue(5_000_000);
    logged.mockClear();
    try {
      for (let call = 0; call < 3; call += 1) await access.decide(failing, oauth(), NOW);
      expect(logged).toHaveBeenCalledTimes(1);
      await access.decide(other, oauth(), NOW);
      expect(logged).toHaveBeenCalledTimes(2);
      now.mockReturnValue(5_060_000);
      await access.decide(failing, oauth(), NOW);
      expect(logged).toHaveBeenCalledTimes(3);
    } finally {
      now.mockRestore();
    }
  });

  it.each([
    [
      'throws',
      () => {
        throw new ForbiddenException('Only on weekdays.');
      },
    ],
    ['rejects with', () => Promise.reject(new ForbiddenException('Only on weekdays.'))],
  ])('refuse with the message of a 4xx exception that one %s', async (_, policy) => {
    logged.mockClear();
    const rule = protectedBy(requirement.policy(policy));
    const { refusal } = await (await control()).decide(rule, oauth(), NOW);
    expect(refusal).toEqual({ reason: 'forbidden', description: 'Only on weekdays.' });
    expect(logged).not.toHaveBeenCalled();
  });

  it('may refuse in words of their own', async () => {
    const refusal = { reason: 'insufficient_scope', scopes: ['x'] } as const;
    const policy = () => Promise.reject(new AccessRefusedError(refusal));
    expect(
      (await (await control()).decide(protectedBy(requirement.policy(policy)), oauth(), NOW))
        .refusal,
    ).toEqual({ ...refusal, granted: [] });
  });

  it('stop the boot where they are no provider, or a scoped one', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped extends AccessPolicy {
      override allows = () => true;
    }
    const access = await control({}, [Scoped]);
    const assert = (policy: Type<AccessPolicy>) => () =>
      access.assertDecidable(
        protectedBy({ kind: 'any_of', alternatives: [[requirement.policy(policy)]] }),
        'Tools.run',
      );
    expect(assert(Beta)).toThrow('Beta, which decides on access to Tools.run, is not a provider');
    expect(assert(Scoped)).toThrow('Make it a singleton');
  });

  it('stop the boot where their class has no method allows()', async () => {
    @Injectable()
    class Plain {
      allow = () => true;
    }
    @Injectable()
    class Misspelt extends (AccessPolicy as Type<object>) {
      allow = () => true;
    }
    class NoProvider {}
    const access = await control({}, [Plain, Misspelt]);
    for (const policy of [Plain, Misspelt, NoProvider] as unknown as Type<AccessPolicy>[]) {
      const assert = () =>
        access.assertDecidable(protectedBy(requirement.policy(policy)), 'Tools.run');
      expect(assert).toThrow(
        `${policy.name}, which decides on access to Tools.run, has no method allows()`,
      );
      expect(assert).toThrow(expect.objectContaining({ code: 'MISSING_POLICY' }));
    }
  });

  it('are told what is asked for', async () => {
    const seen: unknown[] = [];
    const policy = ({ target: asked }: AccessPolicyContext) => seen.push(asked) > 0;
    const book = new AccessRuleRegistry(await control());
    const rule = book.register(
      protectedBy({
        kind: 'by_token',
        byToken: {
          oauth_token: [{ kind: 'any_of', alternatives: [[requirement.policy(policy)]] }],
        },
      }),
      target,
      'Tools.run',
    );
    expect(await (await control()).decide(rule, oauth(), NOW)).toMatchObject({ allowed: true });
    expect(seen).toEqual([target]);
  });
});

describe('RuleBook', () => {
  it('makes equal rules one, and keeps others apart', async () => {
    const book = new AccessRuleRegistry(await control());
    const target = { type: Object, method: 'run' };
    const enter = (scope: string) =>
      book.register(protectedBy(requirement.scopes(scope)), target, 'Tools.run');
    expect(enter('a')).toBe(enter('a'));
    expect(enter('a')).not.toBe(enter('b'));
  });
});

describe('CallerAccess', () => {
  it('decides each rule once', async () => {
    const policy = vi.fn(async () => true);
    const rule = protectedBy(requirement.policy(policy));
    const access = new RequestAccess(await control(), oauth({ expiresAt: Infinity }), {});
    await Promise.all([access.decide(rule), access.allowed([rule])]);
    expect(await access.decide(rule)).toEqual({ allowed: true });
    expect(policy).toHaveBeenCalledTimes(1);
  });

  it('gives no list with holes', async () => {
    const closed = protectedBy(requirement.tokens('api_key'));
    const facts = { membershipOf: () => Promise.reject(new AccessRefusedError(OUTAGE)) };
    const unknown = protectedBy(requirement.role('admin'));
    const member = oauth({ expiresAt: Infinity, organization: { id: 'org_1' } });
    const access = new RequestAccess(await control(facts), member, {});
    expect([...(await access.allowed([PUBLIC, closed]))]).toEqual([PUBLIC]);
    await expect(access.allowed([PUBLIC, unknown])).rejects.toThrow(AccessRefusedError);
  });

  it.each([
    ['throws', () => new Error('a bug')],
    ['finds that Clerk does not answer', () => new AccessRefusedError(OUTAGE)],
    ['finds a wrong secret key', () => new AccessRefusedError({ reason: 'misconfigured' })],
  ])('leaves out the entry of a policy that %s, and no other', async (_, error) => {
    const buggy = protectedBy(requirement.policy(() => Promise.reject(error())));
    const either = protectedBy({
      kind: 'any_of',
      alternatives: [
        [requirement.policy(() => Promise.reject(error()))],
        [requirement.tokens('oauth_token')],
      ],
    });
    const access = new RequestAccess(await control(), oauth({ expiresAt: Infinity }), {});
    expect([...(await access.allowed([PUBLIC, buggy, either]))]).toEqual([PUBLIC, either]);
    expect((await access.decide(buggy)).refusal).toMatchObject({
      reason: 'unavailable',
      policy: 'policy',
    });
  });

  it('tells an outage of Clerk from a policy that fails beside it', async () => {
    const facts = { membershipOf: () => Promise.reject(new AccessRefusedError(OUTAGE)) };
    const fails = requirement.policy(() => Promise.reject(new Error('a bug')));
    const either = protectedBy({
      kind: 'any_of',
      alternatives: [[fails], [requirement.role('admin')]],
    });
    const member = oauth({ expiresAt: Infinity, organization: { id: 'org_1' } });
    const access = new RequestAccess(await control(facts), member, {});
    await expect(access.allowed([PUBLIC, either])).rejects.toThrow(AccessRefusedError);
  });
});
