import { verifyToken, type ClerkClient } from '@clerk/backend';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import type { Principal } from '../../../src/request/principal.js';
import { createKey, FakeClerk, RESOURCE } from '../support/fake-clerk.js';
import { jwtCorpus, type CorpusKeys, type CorpusKind } from '../support/jwt-corpus.js';
import { createVerifier } from '../support/token-verifier.js';

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

const KINDS: readonly CorpusKind[] = ['session_token', 'oauth_token', 'id_token', 'jwt_template'];
const SITES = ['https://app.example.com'];

/** Where we turn down what Clerk's SDK takes: which tokens, what we say, and why. */
const STRICTER: readonly (readonly [tokens: RegExp, says: string, why: string])[] = [
  [/ sub ("|of a)/, 'not of a known kind', 'the subject is a user'],
  [/: sub of a machine/, 'kind of token', 'a machine has tokens of its own'],
  [/: iss /, 'another authorization server', 'the SDK asks no issuer of OAuth tokens'],
  [/: aud /, 'another resource', 'what is no audience is not ours'],
  [/^id_token: aud (null|\[\])/, 'names no audience', 'an id_token is for a client'],
  [/^id_token: aud undefined/, 'kind of token', 'what names neither session nor client is no kind'],
  [/^id_token: sid /, 'kind of token', 'what names a session is a session token'],
  [/^(id_token|jwt_template): cat /, 'kind of token', 'the category settles the kind'],
  [/^session_token: sid /, 'no session', 'a session token belongs to a session'],
  [/: sts /, 'not active', 'a session that is pending has not signed in'],
  [/: exp behind: (second|now)/, 'token_expired', 'the SDK takes tokens 5 seconds too long'],
  [/: exp behind: no date/, 'token_expired', 'the SDK compares with what is no date'],
  [/: an infinite exp/, 'no time of expiry', 'infinity is no time'],
  [/: (nbf|iat) ahead: no date/, 'could not be verified', 'the SDK compares with what is no date'],
  [/: an infinite iat/, 'could not be verified', 'the SDK compares with what is no date'],
  [/: crit /, 'not signed with RS256', 'no critical header is understood'],
  [/: kid \[/, 'unknown key', 'a key id is a text'],
  [/: a mark of byte order/, 'malformed', 'RFC 8259 §8.1 knows none'],
  [/: a huge claim/, 'over 8 KB', 'no token of Clerk is that long'],
  [/: signature padded/, 'malformed', 'RFC 7515 §2 knows no padding'],
  [/: signature with a (space|line break)/, 'malformed', 'the SDK sees what `Headers` trims'],
];

/** Signed once: the clock stands still. */
const corpora = new Map<CorpusKind, ReturnType<typeof jwtCorpus>>();
function corpusOf(kind: CorpusKind): ReturnType<typeof jwtCorpus> {
  const corpus = corpora.get(kind) ?? jwtCorpus(kind, keys);
  corpora.set(kind, corpus);
  return corpus;
}

const verifierOf = (kind: CorpusKind) =>
  createVerifier(
    clerk.options({
      acceptedTokens: [kind],
      authorizedParties: SITES,
      oauthClient: { clientId: 'client_1' },
      // Each verdict is to be found anew.
      limits: { jwtVerdictTtlMs: 0 },
    }),
  );

describe('a JWT, beside the SDK of Clerk', () => {
  const used = new Set<RegExp>();

  it.each(KINDS)(
    'is let in where the SDK lets it in, but for what the list says (%s)',
    async (kind) => {
      const { verifier, client } = verifierOf(kind);
      const corpus = corpusOf(kind);
      expect(corpus.length).toBeGreaterThan(500);
      for (const { name, token } of corpus) {
        const at = `${kind}: ${name}`;
        const ours = await outcomeOf(() => verifier.verify(token));
        const theirs = await isAcceptedByClerk(client, kind, token);
        const [tokens] =
          STRICTER.find(([pattern, says]) => pattern.test(at) && ours.includes(says)) ?? [];
        if (theirs && tokens) used.add(tokens);
        else expect([at, ours, ours === ACCEPTED]).toEqual([at, ours, theirs]);
      }
    },
  );

  it('is turned down for every reason of the list', () => {
    expect(STRICTER.filter(([tokens]) => !used.has(tokens))).toEqual([]);
  });

  it.each(KINDS)('is judged alike at once and after a look for the key (%s)', async (kind) => {
    const { verifier } = verifierOf(kind);
    const corpus = corpusOf(kind);
    await verifier.verify(corpus[0]?.token ?? '');
    for (const { name, token } of corpus) {
      const later = await outcomeOf(() => verifier.verify(token));
      const atOnce = await outcomeOf(() => verifier.verifyAtOnce(token, RESOURCE));
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

/** The SDK by the book: what it throws, it turns away. */
async function isAcceptedByClerk(
  client: ClerkClient,
  kind: CorpusKind,
  token: string,
): Promise<boolean> {
  const checks = {
    issuer: clerk.url,
    ...(kind !== 'oauth_token' && kind !== 'id_token' && { authorizedParties: SITES }),
    audience: kind === 'id_token' ? 'client_1' : RESOURCE,
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
