import { Test } from '@nestjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { AccessControl } from '../../src/access/access-control.js';
import { AccessRefusedError, UnverifiableAccessError } from '../../src/access/access.errors.js';
import { PUBLIC, protectedBy, type AccessRule } from '../../src/access/access-rule.js';
import { AccessModule } from '../../src/access/access.module.js';
import { RequestAccess } from '../../src/access/request-access.js';
import { requirement } from '../../src/access/requirement.js';
import type { Principal } from '../../src/request/principal.js';
import { PrincipalRenewal } from '../../src/request/authentication.js';
import { principalOf } from '../../src/request/request-record.js';
import { oauth } from './support.js';

const always: AccessRule = { kind: 'protected', requirements: [], verifyAlways: true };
const admin: AccessRule = {
  kind: 'protected',
  requirements: [requirement.policy(({ principal }) => principal.claims['admin'] === true)],
  verifyAlways: true,
};
const who = oauth({ expiresAt: Infinity, claims: { admin: true } });

async function start(renew?: (request: object) => Promise<Principal | undefined>) {
  const module = await Test.createTestingModule({
    imports: [AccessModule],
    providers: renew ? [{ provide: PrincipalRenewal, useValue: { renew } }] : [],
  }).compile();
  const control = (await module.init()).get(AccessControl);
  const request = {};
  return { control, request, access: new RequestAccess(control, who, request) };
}

describe('CallerAccess of a caller who listens', () => {
  const buggy = protectedBy(
    requirement.policy(() => {
      throw new AccessRefusedError({ reason: 'unavailable', retryAfter: 1 });
    }),
  );
  const fails = (failure: () => never): AccessControl =>
    ({
      decideOutsideRequest: (rule: AccessRule) => (rule === buggy ? failure() : { allowed: true }),
    }) as never;

  it('sees something where one rule lets it in, whatever becomes of the others', async () => {
    const { control } = await start();
    const access = RequestAccess.withoutRequest(control, who);
    expect(await access.allowsAny([buggy, admin])).toBe(true);
    expect(await access.allowsAny([buggy])).toBe(false);
    expect(await access.allowsAny([])).toBe(false);
    const broken = RequestAccess.withoutRequest(
      fails(() => {
        throw new Error('a bug');
      }),
      who,
    );
    expect(await broken.allowsAny([buggy])).toBe(false);
    expect(await broken.allowsAny([buggy, PUBLIC])).toBe(true);
    const late = fails(() => Promise.reject(new Error('a late bug')) as never);
    expect(await RequestAccess.withoutRequest(late, who).allowsAny([buggy])).toBe(false);
  });

  it('remembers nothing of what was decided before', async () => {
    const renew = vi.fn(async () => who);
    const { access } = await start(renew);
    await access.decide(always);
    await access.decide(always);
    await access.anew().decide(always);
    expect(renew).toHaveBeenCalledTimes(2);
  });
});

describe('the caller of a RequestAccess', () => {
  const callerAt = (principal: Principal | undefined) =>
    RequestAccess.withoutRequest(undefined as never, principal);

  it('is anonymous without a credential, and with one that has expired', () => {
    expect(callerAt(undefined).isAnonymous).toBe(true);
    expect(callerAt(oauth({ expiresAt: -Infinity })).isAnonymous).toBe(true);
    expect(callerAt(who).isAnonymous).toBe(false);
  });

  it('is attached to an object in place of the request, so that it can be verified again', async () => {
    const renew = vi.fn(async (request: object) => principalOf(request));
    const { control } = await start(renew);
    const access = RequestAccess.withoutRequest(control, who);
    expect(await access.decide(always)).toEqual({ allowed: true });
    expect(renew).toHaveBeenCalledTimes(1);
    expect(access.principal).toBe(who);
  });
});

describe('decisions of a RequestAccess', () => {
  const control = () => ({
    decide: vi.fn(async () => ({ allowed: true })),
    decideOutsideRequest: vi.fn(async () => ({ allowed: true })),
  });
  const accessOf = (access: ReturnType<typeof control>) =>
    new RequestAccess(access as unknown as AccessControl, who, {});

  it('are taken in the request, and outside of it for later events on its stream', async () => {
    const inside = control();
    await accessOf(inside).decide(PUBLIC);
    expect(inside.decide.mock.calls).toEqual([[PUBLIC, who]]);
    expect(inside.decideOutsideRequest).not.toHaveBeenCalled();
    const outside = control();
    await accessOf(outside).anew().decide(PUBLIC);
    expect(outside.decideOutsideRequest.mock.calls).toEqual([[PUBLIC, who]]);
    expect(outside.decide).not.toHaveBeenCalled();
  });

  it('are known at once after they were waited for, those of further rules as well', async () => {
    const access = accessOf(control());
    for (const rule of [protectedBy(), protectedBy()]) {
      const first = access.decide(rule);
      expect(first).toBeInstanceOf(Promise);
      expect(access.decide(rule), 'it is taken once').toBe(first);
      const settled = await first;
      expect(access.decide(rule)).toBe(settled);
    }
  });

  it('are taken until one rule of several allows, and waited for where it is a promise', async () => {
    const { control } = await start();
    const policy = vi.fn(async () => true);
    const later = protectedBy(requirement.policy(policy));
    const closed = protectedBy(requirement.tokens('api_key'));
    const access = new RequestAccess(control, who, {});
    expect(access.allowsAny([closed, PUBLIC, later])).toBe(true);
    expect(policy).not.toHaveBeenCalled();
    expect(await access.allowsAny([closed, later])).toBe(true);
    expect(access.allowsAny([closed])).toBe(false);
  });
});

describe('CallerAccess under @VerifyAlways()', () => {
  it('asks once for the request, however many rules want it', async () => {
    const renew = vi.fn(async () => who);
    const { access, request } = await start(renew);
    const decided = await Promise.all([
      access.decide(always),
      access.decide(always),
      access.decide(admin),
    ]);
    expect(decided.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    expect(renew.mock.calls).toEqual([[request]]);
    expect(access.principal).toBe(who);
  });

  it('knows at once what was found, so that the messages of a batch are decided together', async () => {
    const { access } = await start(async () => who);
    const decision = await access.decide(always);
    expect(access.decide(always)).toBe(decision);
  });

  it('goes by what is found then', async () => {
    const renewed = { ...who, claims: {} };
    const { access } = await start(async () => renewed);
    expect((await access.decide(admin)).refusal?.reason).toBe('forbidden');
    expect(access.principal).toBe(renewed);
  });

  it('asks nobody about who is refused anyway, and nobody without such a rule', async () => {
    const renew = vi.fn(async () => who);
    const { control } = await start(renew);
    const plain = protectedBy(requirement.tokens('oauth_token'));
    const nobody = new RequestAccess(control, undefined, {});
    expect((await nobody.decide(always)).refusal?.reason).toBe('unauthenticated');
    const stranger = new RequestAccess(control, { ...who, claims: {} }, {});
    expect((await stranger.decide(admin)).allowed).toBe(false);
    expect((await stranger.decide(plain)).allowed).toBe(true);
    expect((await stranger.decide(PUBLIC)).allowed).toBe(true);
    expect([...(await new RequestAccess(control, who, {}).allowed([always]))]).toEqual([always]);
    expect(renew).not.toHaveBeenCalled();
  });

  it('refuses as the one who was asked refuses', async () => {
    const refusal = { reason: 'invalid_token', description: 'Gone.' } as const;
    const { access } = await start(() => Promise.reject(new AccessRefusedError(refusal)));
    expect(await access.decide(always)).toEqual({ allowed: false, refusal });
  });

  it('hides no bug of the one who was asked', async () => {
    const { access } = await start(() => Promise.reject(new Error('a bug')));
    await expect(access.decide(always)).rejects.toThrow('a bug');
  });

  it('lets in nobody where nobody can be asked', async () => {
    const { control, access } = await start();
    expect((await access.decide(always)).refusal?.reason).toBe('unauthenticated');
    expect(() => control.assertDecidable(always, 'Tools.run')).toThrow(UnverifiableAccessError);
    expect(() => control.assertDecidable(always, 'Tools.run')).toThrow(
      'Tools.run has @VerifyAlways(), but no provider',
    );
    expect(() => control.assertDecidable(protectedBy(), 'Tools.run')).not.toThrow();
    const { control: able } = await start(async () => who);
    expect(() => able.assertDecidable(always, 'Tools.run')).not.toThrow();
  });
});
