import { afterEach, describe, expect, it } from 'vitest';
import {
  type ClerkEmulator,
  type EmulatorSeed,
  EmulatorSeedError,
  parseEmulatorSeed,
  startClerkEmulator,
} from '../../src/emulator/index.js';
import { signingKey } from '../support/signing-key.js';
import { type Change, CONTRADICTIONS, FULL_SEED, type Json } from './seed-contradictions.js';

const running: ClerkEmulator[] = [];
afterEach(() => Promise.all(running.splice(0).map((one) => one.close())));

async function start(seed: EmulatorSeed): Promise<ClerkEmulator> {
  const emulator = await startClerkEmulator({ seed, signingKey: signingKey() });
  running.push(emulator);
  return emulator;
}

describe('An exported seed', () => {
  it('gives the same content again', async () => {
    const first = await start(FULL_SEED);
    const exported = first.exportSeed();
    expect(Object.keys(exported).toSorted()).toEqual(Object.keys(FULL_SEED).toSorted());
    const second = await start(parseEmulatorSeed(JSON.parse(JSON.stringify(exported))));
    expect(second.exportSeed()).toEqual(exported);
    for (const { id } of first.users.list()) expect(second.users.find(id)).toBeDefined();
  });

  it('contains no secret, and lets those who know one in', async () => {
    const first = await start(FULL_SEED);
    const response = await fetch(`${first.url}/__emulator/seed`);
    const text = await response.text();
    expect(text).not.toMatch(/ak_ci|ak_worker|ak_store|"known"/);
    for (const account of first.externalAccounts.ofUser(
      first.users.get('lin@example.com').id,
      'google',
    )) {
      expect(text).not.toContain(account.token);
    }
    const second = await start(parseEmulatorSeed(JSON.parse(text)));
    expect(second.apiKeys.findBySecret('ak_ci')?.name).toBe('ci');
    expect(second.machines.findBySecretKey('ak_worker')?.id).toBe('mch_worker');
    expect(second.oauthApplications.hasSecret('server', 'known')).toBe(true);
    expect(second.oauthApplications.hasSecret('server', 'unknown')).toBe(false);
  });

  it('has the keys of machines, plans and statements', async () => {
    const first = await start({
      users: [{ emailAddress: 'lin@example.com' }],
      machines: [{ name: 'worker', id: 'mch_worker', secretKey: 'ak_worker' }],
      apiKeys: [{ name: 'of the worker', subject: 'mch_worker', secret: 'ak_of_the_worker' }],
      billingPlans: [{ slug: 'pro' }, { slug: 'pro', payerType: 'user' }],
      billingStatements: [{ payer: 'lin@example.com', amount: 100 }],
    });
    const exported = first.exportSeed();
    expect(exported).toMatchObject({
      apiKeys: [{ subject: 'mch_worker' }],
      billingPlans: [{ payerType: 'org' }, { payerType: 'user' }],
      billingStatements: [{ payer: 'lin@example.com' }],
    });
    const second = await start(exported);
    expect(second.exportSeed()).toEqual(exported);
    expect(second.apiKeys.findBySecret('ak_of_the_worker')?.subject).toBe('mch_worker');
  });

  it('follows what changed while the emulator ran', async () => {
    const first = await start({ users: [{ emailAddress: 'lin@example.com' }] });
    const { id } = first.organizations.create({ name: 'Looms' });
    first.organizations.addMember({ organization: id, user: 'lin@example.com' });
    first.scopes.define('notes:read', 'Read notes');
    first.configure({ alwaysRefreshToken: true });
    first.users.update('lin@example.com', { emailAddress: 'kim@example.com', banned: true });
    const exported = first.exportSeed();
    expect(exported).toMatchObject({
      users: [{ emailAddress: 'kim@example.com', banned: true }],
      memberships: [{ organization: 'looms', user: 'kim@example.com', role: 'org:member' }],
      switches: { alwaysRefreshToken: true },
    });
    expect((await start(exported)).exportSeed()).toEqual(exported);
  });
});

const NAMES = Object.keys(CONTRADICTIONS);

function problemsOf(change: Change): readonly string[] {
  const seed = structuredClone(FULL_SEED) as Json;
  change(seed);
  try {
    parseEmulatorSeed(seed);
    return [];
  } catch (error) {
    if (!(error instanceof EmulatorSeedError)) throw error;
    return error.problems;
  }
}

function contradiction(name: string): readonly [entry: RegExp, change: Change] {
  const found = CONTRADICTIONS[name];
  if (!found) throw new Error(name);
  return found;
}

const about = (problems: readonly string[], entry: RegExp): boolean =>
  problems.some((problem) => new RegExp(`^${entry.source}`).test(problem));

describe('A seed that contradicts itself', () => {
  it('does not when it is whole', () => {
    expect(problemsOf(() => undefined)).toEqual([]);
  });

  it.each(NAMES)('is refused with its entry: %s', (name) => {
    const [entry, change] = contradiction(name);
    const problems = problemsOf(change);
    expect(about(problems, entry), problems.join('\n')).toBe(true);
    expect(problems.join()).not.toMatch(/abcdef/);
  });

  it('has all of its problems reported at once, whichever they are', () => {
    for (const one of NAMES) {
      for (const other of NAMES) {
        // The second change may undo the first, where both are about one field.
        const [first, change] = contradiction(one);
        const [second, change2] = contradiction(other);
        if (first.source.split(/[.\\]/)[0] === second.source.split(/[.\\]/)[0]) continue;
        const problems = problemsOf((seed) => [change(seed), change2(seed)]);
        expect(
          [about(problems, first), about(problems, second)],
          `${one}, ${other}:\n${problems.join('\n')}`,
        ).toEqual([true, true]);
      }
    }
  });

  it('stops the boot, also of a program that brings it as an object', async () => {
    const memberships = [{ organization: 'looms', user: 'x@example.com' }];
    await expect(startClerkEmulator({ seed: { memberships } })).rejects.toMatchObject({
      code: 'EMULATOR_SEED',
      problems: [
        'memberships[0].organization: no organization is named "looms". Add it to organizations, or correct the name.',
        'memberships[0].user: no user is named "x@example.com". Add it to users, or correct the name.',
      ],
    });
  });

  it.each([
    null,
    [],
    'users',
    1,
    { users: {} },
    { users: [null] },
    { switches: [] },
    { faults: [[]] },
  ])('is refused when it is no seed: %j', (value) => {
    expect(() => parseEmulatorSeed(value)).toThrow(EmulatorSeedError);
  });

  it('is refused when it has more than the stores keep', async () => {
    const users = [1, 2, 3].map((index) => ({ emailAddress: `u${index}@example.com` }));
    await expect(startClerkEmulator({ maxEntries: 2, seed: { users } })).rejects.toThrow(
      /users: 3 entries, and a store keeps 2/,
    );
  });
});
