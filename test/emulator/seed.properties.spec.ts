import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EmulatorSeedError,
  parseEmulatorSeed,
  startClerkEmulator,
} from '../../src/emulator/index.js';
import type { Json } from './seed-contradictions.js';

/** A section of a seed whose entries are a list. */
interface Section {
  /** Fields whose value no two entries may share. */
  readonly unique: readonly string[];
  /** Fields that name an entry of another section. */
  readonly references: readonly string[];
  /** Fields that take any text, or any JSON. */
  readonly free: readonly string[];
}

const SECTIONS: Readonly<Record<string, Section>> = {
  users: {
    unique: ['emailAddress', 'id', 'username', 'externalId'],
    references: [],
    free: ['firstName', 'publicMetadata', 'privateMetadata', 'unsafeMetadata'],
  },
  organizations: {
    unique: ['slug', 'id'],
    references: ['createdBy'],
    free: ['plan', 'publicMetadata'],
  },
  memberships: { unique: [], references: ['user', 'organization', 'role'], free: [] },
  externalAccounts: { unique: [], references: ['user'], free: ['label', 'token'] },
  oauthApplications: { unique: ['clientId'], references: [], free: ['name', 'clientUri'] },
  apiKeys: {
    unique: ['secret'],
    references: ['subject', 'createdBy'],
    free: ['name', 'description', 'claims'],
  },
  machines: { unique: ['id', 'secretKey'], references: [], free: ['name'] },
  billingPlans: { unique: ['slug'], references: [], free: ['name', 'description'] },
  billingStatements: { unique: [], references: ['payer'], free: [] },
  faults: { unique: ['group'], references: [], free: [] },
};

const GROUPS = ['users', 'jwks', 'token', 'verify'];

/** Valid seeds: every entry is whole, and what it names exists. */
const seeds: fc.Arbitrary<Json> = fc
  .record({
    size: fc.integer({ min: 1, max: 4 }),
    pick: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
  })
  .map(({ size, pick }) => {
    const numbers = Array.from({ length: size }, (_, index) => index);
    const any = (position: number): number => (pick[position] ?? 0) % size;
    return {
      users: numbers.map((n) => ({
        emailAddress: `person${n}@example.com`,
        id: `user_${n}`,
        username: `name${n}`,
        externalId: `external${n}`,
        publicMetadata: {},
      })),
      organizations: numbers.map((n) => ({
        name: `Organization ${n}`,
        slug: `slug-${n}`,
        id: `org_${n}`,
        createdBy: `user_${any(0)}`,
      })),
      memberships: numbers.map((n) => ({
        organization: n % 2 ? `slug-${any(1)}` : `org_${any(1)}`,
        user: n % 2 ? `user_${n}` : `PERSON${n}@example.com`,
        role: 'org:member',
      })),
      externalAccounts: [{ user: `user_${any(2)}`, provider: 'google' }],
      oauthApplications: numbers.map((n) => ({
        clientId: `client${n}`,
        redirectUris: [`https://client${n}.example.com/callback`],
        scopes: ['email'],
      })),
      apiKeys: numbers.map((n) => ({
        name: `key${n}`,
        subject: [`slug-${any(3)}`, `user_${any(3)}`, `mch_${any(3)}`][n % 3],
        createdBy: `user_${any(4)}`,
        secret: `ak_key${n}`,
      })),
      machines: numbers.map((n) => ({
        name: `machine${n}`,
        id: `mch_${n}`,
        secretKey: `ak_machine${n}`,
        scopedMachines: [`mch_${any(5)}`],
      })),
      billingPlans: numbers.map((n) => ({ slug: `plan-${n}` })),
      billingStatements: [{ payer: `org_${any(6)}`, amount: 100 }],
      faults: numbers.map((n) => ({ group: GROUPS[n], kind: 'hang' })),
    };
  });

/** A change that makes a seed contradict itself, and the start of the problem that has to be reported. */
interface Contradiction {
  readonly kind: string;
  readonly change: (seed: Json, entry: number) => string;
}

const contradictions: readonly Contradiction[] = Object.entries(SECTIONS).flatMap(
  ([section, { unique, references, free }]) => [
    ...unique.map((field) => ({
      kind: `${section}.${field} twice`,
      change: (seed: Json, entry: number): string => {
        const entries = seed[section];
        const added: Json = { ...entries[entry % entries.length] };
        const index = entries.length;
        for (const other of unique) {
          if (other !== field) added[other] = fresh(other, added[other]);
        }
        entries.push(added);
        return `${section}[${index}].${field}`;
      },
    })),
    ...references.map((field) => ({
      kind: `${section}.${field} of nobody`,
      change: (seed: Json, entry: number): string => {
        const index = entry % seed[section].length;
        seed[section][index][field] = 'nobody';
        return `${section}[${index}].${field}`;
      },
    })),
    ...free.map((field) => ({
      kind: `a live key in ${section}.${field}`,
      change: (seed: Json, entry: number): string => {
        const index = entry % seed[section].length;
        const isObject = /etadata|claims/.test(field);
        const key = ['sk', 'live', 'abcdef'].join('_');
        seed[section][index][field] = isObject ? { deep: [{ down: key }] } : key;
        return `${section}[${index}].${field}${isObject ? '.deep[0].down' : ''}`;
      },
    })),
    {
      kind: `an unknown field in ${section}`,
      change: (seed: Json, entry: number): string => {
        const index = entry % seed[section].length;
        seed[section][index].unheardOf = true;
        return `${section}[${index}]: `;
      },
    },
    {
      kind: `${section} with an entry that is none`,
      change: (seed: Json): string => `${section}[${seed[section].push(17) - 1}]`,
    },
  ],
);

function fresh(field: string, value: unknown): string {
  if (field === 'emailAddress') return 'fresh@example.com';
  if (field === 'group') return 'all';
  return `${String(value)}fresh`;
}

describe('A generated seed', () => {
  it('is accepted', () => {
    fc.assert(fc.property(seeds, (seed) => void parseEmulatorSeed(seed)));
  });

  it.each(contradictions)(
    'with one contradiction stops the boot, which names that entry alone: $kind',
    async ({ change }) => {
      const property = fc.asyncProperty(seeds, fc.nat(), async (whole, entry) => {
        const seed = structuredClone(whole);
        const path = change(seed, entry);
        const error = await startClerkEmulator({ seed }).then(
          (emulator) => emulator.close(),
          (cause: unknown) => cause,
        );
        expect(error).toBeInstanceOf(EmulatorSeedError);
        const { problems, message } = error as EmulatorSeedError;
        expect(problems).toEqual([expect.stringContaining(path)]);
        expect(problems[0]?.startsWith(path)).toBe(true);
        expect(message).not.toContain('abcdef');
      });
      await fc.assert(property, { numRuns: 8 });
    },
  );
});
