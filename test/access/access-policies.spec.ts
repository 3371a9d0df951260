import {
  BadRequestException,
  HttpException,
  Injectable,
  InternalServerErrorException,
  Logger,
  type Provider,
  type Type,
} from '@nestjs/common';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccessPolicy, type AccessPolicyFunction } from '../../src/access/access-policy.js';
import { AccessRefusedError } from '../../src/access/access.errors.js';
import { protectedBy } from '../../src/access/access-rule.js';
import type { Refusal } from '../../src/access/refusal.js';
import { requirement } from '../../src/access/requirement.js';
import { control, NOW, oauth } from './support.js';

const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
beforeEach(() => void logged.mockClear());
afterAll(() => logged.mockRestore());

const WITHOUT_ALLOWS = 'has no method allows()';
const NO_PROVIDER = 'is not a provider of the application';

/** A class as a compiler writes it for ES5. */
function Classic(): void {}
Classic.prototype.allows = () => true;
const ClassicPolicy = Classic as unknown as Type<AccessPolicy>;

class ByMethod {
  allows() {
    return true;
  }
}

@Injectable()
class ByField {
  readonly allows = () => true;
}

class Derived extends AccessPolicy {
  override allows = () => true;
}

async function assertAtStart(policy: unknown, providers: Provider[]): Promise<void> {
  const access = await control({}, providers);
  access.assertDecidable(
    protectedBy(requirement.policy(policy as Type<AccessPolicy>)),
    'Tools.run',
  );
}

describe('a policy at the start', () => {
  it.each<[string, Type<unknown>]>([
    ['a class with the method', ByMethod],
    ['a class with a function of that name', ByField],
    ['an heir of AccessPolicy', Derived],
    ['a class of ES5', ClassicPolicy],
  ])('may be %s', async (_, policy) => {
    await expect(assertAtStart(policy, [policy])).resolves.toBeUndefined();
  });

  it.each<[string, AccessPolicyFunction]>([
    ['an arrow function', () => true],
    [
      'a function that could be a constructor',
      function allow() {
        return true;
      },
    ],
    ['a function without a prototype', Object.assign(() => true, { prototype: null })],
  ])('may be %s, which is no provider', async (_, policy) => {
    await expect(assertAtStart(policy, [])).resolves.toBeUndefined();
    const decision = (await control()).decide(
      protectedBy(requirement.policy(policy)),
      oauth(),
      NOW,
    );
    expect(decision).toEqual({ allowed: true });
  });

  it.each<[string, Type<unknown>, string]>([
    ['a class with the method', ByMethod, NO_PROVIDER],
    ['an heir of AccessPolicy', Derived, NO_PROVIDER],
    ['a class of ES5', ClassicPolicy, NO_PROVIDER],
    ['a class whose instances alone could have it', ByField, WITHOUT_ALLOWS],
  ])('stops the start where %s is not provided', async (_, policy, problem) => {
    await expect(assertAtStart(policy, [])).rejects.toThrow(problem);
  });

  it.each([[null], ['allows'], [{}], [{ allows: 'yes' }]])(
    'has no method allows() where its class stands for %j',
    async (useValue) => {
      await expect(assertAtStart(Derived, [{ provide: Derived, useValue }])).rejects.toThrow(
        WITHOUT_ALLOWS,
      );
    },
  );
});

async function decide(policy: AccessPolicyFunction) {
  return (await control()).decide(protectedBy(requirement.policy(policy)), oauth(), NOW);
}

describe('the result of a policy', () => {
  it.each([[true], [false], [{ reason: 'Not you.' }]])(
    'decides at once where it is %j and not a promise',
    async (result) => {
      const access = await control();
      const rule = protectedBy(requirement.policy(() => result));
      expect(access.decide(rule, oauth(), NOW)).not.toBeInstanceOf(Promise);
    },
  );

  it('is awaited where it is a promise of another library', async () => {
    const later = (result: boolean) => ({ then: (done: (value: boolean) => void) => done(result) });
    expect(await decide(() => later(true) as never)).toEqual({ allowed: true });
    expect((await decide(() => later(false) as never)).refusal?.reason).toBe('forbidden');
  });

  it.each([['yes'], [1], [null], [undefined]])(
    'refuses with the standard description where it is %j: only true allows',
    async (result) => {
      expect((await decide(() => result as never)).refusal).toEqual({
        reason: 'forbidden',
        description: 'A policy of this server does not allow this.',
      });
    },
  );
});

describe('a policy that throws', () => {
  const refusalFor = async (error: Error): Promise<Refusal | undefined> => {
    const { refusal } = await decide(async () => {
      throw error;
    });
    return refusal;
  };

  it.each([new BadRequestException('Not like this.'), new HttpException('Not like this.', 499)])(
    'refuses with the message of a 4xx exception, such as %s',
    async (error) => {
      const description = 'Not like this.';
      expect(await refusalFor(error)).toEqual({ reason: 'forbidden', description });
    },
  );

  it.each([
    new InternalServerErrorException('secret of the database'),
    new HttpException('secret of the database', 503),
  ])('fails, and keeps the message of %s to the log', async (error) => {
    const refusal = await refusalFor(error);
    expect(refusal).toEqual({ reason: 'unavailable', retryAfter: 5, policy: 'policy' });
    expect(logged).toHaveBeenCalledTimes(1);
  });

  it.each<[Refusal, retryAfter: number]>([
    [{ reason: 'unavailable', retryAfter: 30 }, 30],
    [{ reason: 'misconfigured' }, 5],
  ])(
    'counts %j as a failure of the policy, not as an outage of Clerk',
    async (refusal, retryAfter) => {
      expect(await refusalFor(new AccessRefusedError(refusal))).toEqual({
        reason: 'unavailable',
        retryAfter,
        policy: 'policy',
      });
    },
  );
});

describe('the log of a policy that fails', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('is written at most once a minute, and again after the clock was set back', async () => {
    const access = await control();
    const rule = protectedBy(
      requirement.policy(() => {
        throw new Error('a bug');
      }),
    );
    const lines: number[] = [];
    for (const now of [5_000_000, 5_059_999, 4_000_000, 4_059_999, 4_060_000]) {
      vi.setSystemTime(now);
      await access.decide(rule, oauth({ expiresAt: Infinity }));
      lines.push(logged.mock.calls.length);
    }
    expect(lines).toEqual([1, 1, 2, 2, 3]);
    expect(logged.mock.contexts[0]).toMatchObject({ context: 'AccessPolicy' });
    expect(logged.mock.calls[0]).toEqual(['policy failed', expect.stringContaining('a bug')]);
  });
});
