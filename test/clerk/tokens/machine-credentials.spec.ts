import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { FakeClerk } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => clerk.reset());

const create = (options: Partial<ClerkAuthOptions> = {}) => createVerifier(clerk.options(options));

describe('machine credentials', () => {
  const key = (overrides = {}) => ({
    object: 'api_key',
    id: 'ak_1',
    type: 'api_key',
    name: 'CI',
    subject: 'user_alice',
    scopes: ['notes:write'],
    claims: { team: 'blue' },
    revoked: false,
    expired: false,
    expiration: null,
    ...overrides,
  });

  it('are API keys of a user or an organization, when accepted', async () => {
    const { verifier } = create({ acceptedTokens: ['api_key'] });
    clerk.on('/api_keys/verify', () => ({ json: key() }));
    expect(await verifier.verify('ak_secret')).toMatchObject({
      tokenType: 'api_key',
      userId: 'user_alice',
      scopes: ['notes:write'],
      claims: { team: 'blue', sub: 'user_alice' },
      expiresAt: Infinity,
    });
    clerk.on('/api_keys/verify', () => ({ json: key({ subject: 'org_1' }) }));
    const principal = await verifier.verify('ak_other');
    expect(principal).toMatchObject({ subject: 'org_1', organization: { id: 'org_1' } });
    expect(principal.userId).toBeUndefined();
  });

  it('are machine tokens, whose scopes are no permissions', async () => {
    clerk.on('/m2m_tokens/verify', () => ({
      json: key({ object: 'machine_to_machine_token', subject: 'mch_1', scopes: ['mch_2'] }),
    }));
    const { verifier } = create({ acceptedTokens: ['m2m_token'] });
    const principal = await verifier.verify('mt_secret');
    expect(principal).toMatchObject({ tokenType: 'm2m_token', subject: 'mch_1' });
    expect(principal.scopes).toBeUndefined();
  });

  it('are API keys of a machine, which have no user and no organization', async () => {
    clerk.on('/api_keys/verify', () => ({ json: key({ subject: 'mch_1', scopes: undefined }) }));
    const { verifier } = create({ acceptedTokens: ['api_key'] });
    const principal = await verifier.verify('ak_secret');
    expect(principal).toMatchObject({ tokenType: 'api_key', subject: 'mch_1', scopes: [] });
    expect(principal.userId).toBeUndefined();
    expect(principal.organization).toBeUndefined();
  });

  const machineToken = (scopes: unknown, id = 'mt_1') =>
    key({ object: 'machine_to_machine_token', id, subject: 'mch_1', scopes });
  const m2m = (options: Partial<ClerkAuthOptions> = {}) =>
    create({ acceptedTokens: ['m2m_token'], ...options }).verifier;

  it('may be machine tokens without scopes', async () => {
    clerk.on('/m2m_tokens/verify', () => ({ json: machineToken(undefined) }));
    expect((await m2m().verify('mt_secret')).subject).toBe('mch_1');
  });

  it('are verified with the key of this machine, when there is one', async () => {
    clerk.on('/m2m_tokens/verify', ({ headers }) =>
      headers.authorization === 'Bearer ak_this'
        ? { json: machineToken(undefined) }
        : { status: 404, json: { errors: [] } },
    );
    expect((await m2m({ machineSecretKey: 'ak_this' }).verify('mt_x')).subject).toBe('mch_1');
    const { reason } = await refusalOf(m2m({ machineSecretKey: 'ak_other' }).verify('mt_x'));
    expect(reason).toBe('invalid_token');
    expect((await refusalOf(m2m().verify('mt_x'))).reason).toBe('invalid_token');
  });

  it('do not count against the secret key when the key of the machine is refused', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    clerk.on('/m2m_tokens/verify', () => ({ status: 401, json: { errors: [] } }));
    const { verifier, alarm } = create({
      acceptedTokens: ['m2m_token'],
      machineSecretKey: 'ak_this',
    });
    expect(await refusalOf(verifier.verify('mt_x'))).toEqual({ reason: 'misconfigured' });
    expect(alarm.isRejected).toBe(false);
    expect(warn.mock.calls.join()).toContain('CLERK_MACHINE_SECRET_KEY');
    warn.mockRestore();
  });

  it.each([
    ['the secret key', undefined, ['mch_me', 'mch_2'], true],
    ['the secret key', undefined, ['mch_2'], false],
    ['the secret key', undefined, [], false],
    ['the secret key', undefined, undefined, false],
    ['the key of the machine', 'ak_this', ['mch_me'], true],
    ['the key of the machine', 'ak_this', ['mch_2'], false],
    ['the key of the machine', 'ak_this', undefined, true],
  ])(
    'have to be for the configured machine: %s %s %o',
    async (_, machineSecretKey, scopes, passes) => {
      clerk.on('/m2m_tokens/verify', () => ({ json: machineToken(scopes) }));
      const verification = m2m({ machineId: 'mch_me', machineSecretKey }).verify('mt_x');
      if (passes) expect((await verification).subject).toBe('mch_1');
      else expect((await refusalOf(verification)).reason).toBe('invalid_token');
    },
  );

  it('are confirmed by the key of this machine, whichever machines they name, without its id', async () => {
    clerk.on('/m2m_tokens/verify', () => ({ json: machineToken(['mch_2', 'mch_3']) }));
    expect((await m2m({ machineSecretKey: 'ak_this' }).verify('mt_x')).subject).toBe('mch_1');
  });

  it('are verified with the key of this machine alone where there is no secret key', async () => {
    clerk.on('/m2m_tokens/verify', () => ({ json: machineToken(undefined) }));
    const publishableKey = 'pk_test_Y2xlcmsuZXhhbXBsZS5jb20k';
    const { verifier } = create({
      secretKey: '',
      publishableKey,
      machineSecretKey: 'ak_this',
      acceptedTokens: ['m2m_token', 'oauth_token'],
    });
    expect((await verifier.verify('mt_x')).subject).toBe('mch_1');
    expect(clerk.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer ak_this']);
    expect((await refusalOf(verifier.verify('oat_x'))).reason).toBe('invalid_token');
    expect(clerk.requests).toHaveLength(1);
  });

  it('of users do not have to name the configured machine', async () => {
    clerk.on('/api_keys/verify', () => ({ json: key() }));
    const { verifier } = create({ acceptedTokens: ['api_key'], machineId: 'mch_me' });
    expect((await verifier.verify('ak_secret')).userId).toBe('user_alice');
  });

  it('say nothing about the secret key when the key of the machine is accepted', async () => {
    clerk.on('/m2m_tokens/verify', () => ({ json: machineToken(undefined) }));
    const { verifier, alarm } = create({
      acceptedTokens: ['m2m_token'],
      machineSecretKey: 'ak_this',
    });
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    alarm.reject();
    await verifier.verify('mt_x');
    expect(alarm.isRejected).toBe(true);
    error.mockRestore();
  });

  it('may have no end, and no time of issue', async () => {
    clerk.on('/m2m_tokens/verify', () => ({
      json: { ...machineToken(undefined), expiration: undefined, created_at: undefined },
    }));
    const principal = await m2m().verify('mt_secret');
    expect(principal.expiresAt).toBe(Infinity);
    expect(principal).not.toHaveProperty('issuedAt');
  });

  it('are refused when revoked', async () => {
    clerk.on('/api_keys/verify', () => ({ json: key({ revoked: true }) }));
    const { verifier } = create({ acceptedTokens: ['api_key'] });
    expect((await refusalOf(verifier.verify('ak_secret'))).reason).toBe('invalid_token');
  });
});
