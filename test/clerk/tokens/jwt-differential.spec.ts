import { verifyToken, type ClerkClient } from '@clerk/backend';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import type { Principal } from '../../../src/request/principal.js';
import { createKey, FakeClerk, RESOURCE } from '../support/fake-clerk.js';
import {
  jwtCorpus,
  upstreamToken,
  type CorpusKeys,
  type CorpusKind,
} from '../support/jwt-corpus.js';
import { createVerifier } from '../support/token-verifier.js';
import { DIFFERENCES, type Difference } from './clerk-differences.js';
import { UPSTREAM_CASES, type UpstreamCase } from './upstream-cases.js';

let clerk: FakeClerk;
let keys: CorpusKeys;
beforeAll(async () => {
  clerk = await FakeClerk.start();
  const other = await createKey('ins_2');
  keys = { issuer: clerk.url, key: clerk.key, other, foreign: await createKey(clerk.key.kid) };
  clerk.keys = [clerk.key, other];
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterAll(async () => {
  vi.useRealTimers();
  await clerk.close();
});

const KINDS: readonly CorpusKind[] = [
  'session_token',
  'oauth_token',
  'id_token',
  'jwt_template',
  'm2m_token',
];
/** What both are asked to check of the corpus. */
const CHECKS = { authorizedParties: ['https://app.example.com'], sessionAudiences: [RESOURCE] };

/** Signed once: the clock stands still. */
const corpora = new Map<CorpusKind, ReturnType<typeof jwtCorpus>>();
function corpusOf(kind: CorpusKind): ReturnType<typeof jwtCorpus> {
  const corpus = corpora.get(kind) ?? jwtCorpus(kind, keys);
  corpora.set(kind, corpus);
  return corpus;
}

const verifierOf = (kind: CorpusKind, options: UpstreamCase['options'] = CHECKS) =>
  createVerifier(
    clerk.options({
      acceptedTokens: [kind],
      ...options,
      oauthClient: { clientId: 'client_1' },
      // Each verdict is to be found anew.
      limits: { jwtVerdictTtlMs: 0 },
    }),
  );

describe('a JWT, beside the SDK of Clerk', () => {
  const used = new Set<Difference>();
  const compare = (at: string, ours: string, theirs: boolean): void => {
    const difference = DIFFERENCES.find(({ cases, says }) => cases.test(at) && ours.includes(says));
    if (difference && theirs !== (ours === ACCEPTED)) used.add(difference);
    else expect([at, ours, ours === ACCEPTED]).toEqual([at, ours, theirs]);
  };

  it.each(KINDS)(
    'is let in where the SDK lets it in, but for what the list says (%s)',
    async (kind) => {
      const { verifier, client } = verifierOf(kind);
      const corpus = corpusOf(kind);
      expect(corpus.length).toBeGreaterThan(500);
      for (const { name, token } of corpus) {
        const at = `${kind}: ${name}`;
        const ours = await outcomeOf(() => verifier.verify(token));
        compare(at, ours, await isAcceptedByClerk(client, kind, token, CHECKS));
      }
    },
  );

  it.each(UPSTREAM_CASES.map((one) => [`${one.kind}: ${one.name}`, one] as const))(
    'is judged as in the tests of the SDK, but for what the list says (%s)',
    async (at, one) => {
      const options = one.options ?? {};
      const { verifier, client } = verifierOf(one.kind, options);
      const token = upstreamToken(one, keys);
      const theirs = await isAcceptedByClerk(client, one.kind, token, options);
      expect(theirs ? 'accepts' : 'refuses').toBe(one.clerk);
      compare(at, await outcomeOf(() => verifier.verify(token)), theirs);
    },
  );

  it('differs from the SDK in every way of the list, which the documentation shows', async () => {
    expect(DIFFERENCES.filter((one) => !used.has(one)).map(({ tokens }) => tokens)).toEqual([]);
    const page = await readFile('docs/tokens.md', 'utf8');
    const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    const shown = rows.filter(([, , why]) => DIFFERENCES.some((one) => one.why === why));
    expect(shown.map(([, tokens, why]) => ({ tokens, why }))).toEqual(
      DIFFERENCES.map(({ tokens, why }) => ({ tokens, why })),
    );
  });

  it.each(KINDS)('is judged alike at once and after a look for the key (%s)', async (kind) => {
    const { verifier } = verifierOf(kind);
    // Another one, which has cached nothing but the key.
    const { verifier: prompt } = verifierOf(kind);
    const corpus = corpusOf(kind);
    await prompt.verify(corpus[0]?.token ?? '');
    for (const { name, token } of corpus) {
      const later = await outcomeOf(() => verifier.verify(token));
      const atOnce = await outcomeOf(() => prompt.verifyAtOnce(token, RESOURCE));
      const open = later.includes('unknown key') || later.includes('8 KB');
      expect([name, atOnce]).toEqual([name, open ? OPEN : later]);
    }
  });
});

const ACCEPTED = 'accepted';
const OPEN = 'open';

/** Fails for anything that is neither a principal nor a refusal. */
async function outcomeOf(
  verify: () => Promise<Principal> | Principal | undefined,
): Promise<string> {
  try {
    return (await verify()) ? ACCEPTED : OPEN;
  } catch (error) {
    if (!(error instanceof AccessRefusedError)) throw error;
    const { refusal } = error;
    return refusal.reason === 'invalid_token' ? refusal.description : refusal.reason;
  }
}

const AUTHORIZED = new Set<CorpusKind>(['session_token', 'jwt_template']);

function audienceOf(kind: CorpusKind, sessionAudiences: readonly string[] = []): string[] {
  switch (kind) {
    case 'id_token':
      return ['client_1'];
    case 'session_token':
      return [...sessionAudiences];
    case 'm2m_token':
      return [];
    case 'oauth_token':
    case 'jwt_template':
      return [RESOURCE];
  }
}

/** The SDK by the book: what it throws, it turns away. */
async function isAcceptedByClerk(
  client: ClerkClient,
  kind: CorpusKind,
  token: string,
  { authorizedParties, sessionAudiences }: NonNullable<UpstreamCase['options']>,
): Promise<boolean> {
  const checks = {
    issuer: clerk.url,
    ...(AUTHORIZED.has(kind) && authorizedParties && { authorizedParties: [...authorizedParties] }),
    audience: audienceOf(kind, sessionAudiences),
  };
  try {
    if (kind === 'id_token' || kind === 'jwt_template') {
      await verifyToken(token, { ...checks, secretKey: 'sk_test_fixture', apiUrl: clerk.url });
      return true;
    }
    const request = new Request('https://resource.invalid/', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    const state = await client.authenticateRequest(request, { ...checks, acceptsToken: kind });
    return state.isAuthenticated && state.toAuth()?.isAuthenticated === true;
  } catch {
    return false;
  }
}
