import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessRule } from '../../../src/access/access-rule.js';
import { protectedBy } from '../../../src/access/access-rule.js';
import type { Refusal } from '../../../src/access/refusal.js';
import { requirement } from '../../../src/access/requirement.js';
import { ResourceRules } from '../../../src/access/resource-rules.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import type { AuthorizationServerMirror } from '../../../src/clerk/oauth/authorization-server-metadata.js';
import { ClerkRefusalResponder } from '../../../src/clerk/oauth/clerk-refusal.responder.js';
import { PublishedScopes } from '../../../src/clerk/published-scopes.js';
import { resolveClerkOptions } from '../../../src/clerk/resolve-clerk-options.js';
import { runs } from '../../support/runs.js';

const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';

/** A responder, with what Clerk's metadata lists and the rules of the endpoint. */
function responderOf(
  options: Partial<ClerkAuthOptions> = {},
  listed: () => readonly string[] = () => [],
  rules = new ResourceRules(),
): ClerkRefusalResponder {
  const resolved = resolveClerkOptions({
    secretKey: 'sk_test_fixture',
    clerkDomain: 'clerk.example.com',
    baseURL: 'https://mcp.example.com',
    ...options,
  });
  const mirror = {
    advertises: (scope: string) => listed().includes(scope),
  } as AuthorizationServerMirror; // The responder asks nothing else.
  return new ClerkRefusalResponder(resolved, new PublishedScopes(resolved, rules), mirror);
}

const responder = responderOf();
const answer = (refusal: Refusal) => responder.answer(refusal);

describe('ClerkRefusalResponder', () => {
  it('challenges a caller without a token, and names no error in the challenge', () => {
    expect(answer({ reason: 'unauthenticated' })).toEqual({
      status: 401,
      headers: {
        'Cache-Control': 'no-store',
        'WWW-Authenticate': `Bearer resource_metadata="${METADATA}", scope="profile email"`,
      },
      body: { error: 'unauthorized', error_description: 'An access token is required.' },
    });
  });

  it('gives each request an answer of its own, which changes with what Clerk offers', () => {
    let listed: readonly string[] = [];
    const fresh = responderOf({}, () => listed);
    const refusal: Refusal = { reason: 'unauthenticated' };
    const first = fresh.answer(refusal);
    Object.assign(first.body, { more: 'of a hook' });
    expect(fresh.answer(refusal).body).not.toHaveProperty('more');
    listed = ['offline_access'];
    expect(fresh.answer(refusal).headers['WWW-Authenticate']).toMatch(/ offline_access"$/);
    listed = [];
    expect(fresh.answer(refusal)).toEqual(answer(refusal));
  });

  it('calls an expired token invalid in the challenge and expired in the body', () => {
    expect(answer({ reason: 'token_expired' })).toEqual({
      status: 401,
      headers: {
        'Cache-Control': 'no-store',
        'WWW-Authenticate': `Bearer error="invalid_token", error_description="The access token expired.", resource_metadata="${METADATA}", scope="profile email"`,
      },
      body: { error: 'token_expired', error_description: 'The access token expired.' },
    });
  });

  it('says what is wrong with an invalid token, in characters that a header may hold', () => {
    const { headers, body, status } = answer({
      reason: 'invalid_token',
      description: 'a "b" \\ ü\r\nX-Evil: 1',
    });
    expect(status).toBe(401);
    expect(headers['WWW-Authenticate']).toContain('error_description="a \'b\' ? ???X-Evil: 1"');
    expect(body).toMatchObject({ error: 'invalid_token' });
  });

  it('names every scope of the operation in a step-up', () => {
    const { status, headers, body } = answer({
      reason: 'insufficient_scope',
      scopes: ['notes:read', 'notes:write'],
    });
    expect(status).toBe(403);
    expect(headers['WWW-Authenticate']).toMatch(/^Bearer error="insufficient_scope"/);
    expect(headers['WWW-Authenticate']).toContain(`resource_metadata="${METADATA}"`);
    expect(headers['WWW-Authenticate']).toContain('scope="notes:read notes:write"');
    expect(body).toMatchObject({ error: 'insufficient_scope', scope: 'notes:read notes:write' });
  });

  it('forbids with a reason and without a challenge', () => {
    expect(answer({ reason: 'forbidden', description: 'No.' })).toEqual({
      status: 403,
      headers: { 'Cache-Control': 'no-store' },
      body: { error: 'forbidden', error_description: 'No.' },
    });
  });

  it('answers misconfiguration with a 500 that tells nothing', () => {
    expect(answer({ reason: 'misconfigured' })).toEqual({
      status: 500,
      headers: { 'Cache-Control': 'no-store' },
      body: {
        error: 'server_error',
        error_description: 'Authentication service misconfigured',
      },
    });
  });

  it('answers a caller past its limit with a 429 and a pause, never with a challenge', () => {
    expect(answer({ reason: 'too_many_requests', retryAfter: 7 })).toEqual({
      status: 429,
      headers: { 'Cache-Control': 'no-store', 'Retry-After': '7' },
      body: {
        error: 'too_many_requests',
        error_description: 'Too many requests. Try again in 7 seconds.',
      },
    });
  });

  it('answers an outage with a 503 and a pause, never with a challenge', () => {
    const { status, headers, body } = answer({ reason: 'unavailable', retryAfter: 7 });
    expect(status).toBe(503);
    expect(headers).toEqual({ 'Cache-Control': 'no-store', 'Retry-After': '7' });
    expect(body).toMatchObject({ error: 'temporarily_unavailable' });
  });
});

/** The scopes in the challenge; `undefined` if it names none. */
function scopesIn(by: ClerkRefusalResponder, refusal: Refusal): readonly string[] | undefined {
  const challenge = by.answer(refusal).headers['WWW-Authenticate'] ?? '';
  return /scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ');
}

const SIGN_IN: readonly Refusal[] = [
  { reason: 'unauthenticated' },
  { reason: 'token_expired' },
  { reason: 'invalid_token', description: 'The access token is not valid.' },
];

const token = fc.stringMatching(/^[\x21\x23-\x5B\x5D-\x7E]{1,12}$/);
const tokens = fc.uniqueArray(token, { maxLength: 8 }).filter((all) => !all.includes('catalog'));

describe('the scopes of a 401', () => {
  it('are the configured ones, and offline_access where the metadata of Clerk lists it', () => {
    fc.assert(
      fc.property(tokens, tokens, fc.boolean(), (scopes, others, isListed) => {
        const listed = isListed ? [...others, 'offline_access'] : others;
        const by = responderOf({ scopes }, () => listed);
        const isAdded = listed.includes('offline_access') && !scopes.includes('offline_access');
        for (const refusal of SIGN_IN) {
          expect(scopesIn(by, refusal)).toEqual(
            // Without a scope the client takes the ones that it knows: one scope would replace those.
            scopes.length === 0 ? undefined : [...scopes, ...(isAdded ? ['offline_access'] : [])],
          );
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('follow the metadata of Clerk and the rules of the endpoint', () => {
    const parts: (readonly AccessRule[])[] = [[]];
    const rules = new ResourceRules();
    rules.register('mcp', () => parts);
    let listed: readonly string[] = [];
    const by = responderOf({ scopes: 'catalog' }, () => listed, rules);
    const named = () => scopesIn(by, { reason: 'unauthenticated' });
    expect(named()).toEqual(['profile', 'email']);
    parts[0] = [protectedBy(requirement.scopes('notes:read', 'email'))];
    expect(named()).toEqual(['profile', 'email', 'notes:read']);
    listed = ['offline_access'];
    expect(named()).toEqual(['profile', 'email', 'notes:read', 'offline_access']);
    parts[0] = [];
    listed = [];
    expect(named()).toEqual(['profile', 'email']);
  });
});

describe('the scopes of a 403', () => {
  const stepUp = (refusal: Omit<Refusal & { reason: 'insufficient_scope' }, 'reason'>) => {
    const full: Refusal = { reason: 'insufficient_scope', ...refusal };
    const { body } = responder.answer(full);
    return { challenge: scopesIn(responder, full) ?? [], body };
  };

  it('are what was granted and what is needed, each once, in the header and in the body', () => {
    fc.assert(
      fc.property(tokens, tokens, (granted, scopes) => {
        fc.pre(scopes.length > 0);
        const { challenge, body } = stepUp({ scopes, granted });
        expect(challenge).toEqual([...new Set([...granted, ...scopes])]);
        expect(challenge.includes('offline_access')).toBe(
          [...granted, ...scopes].includes('offline_access'),
        );
        expect(body).toMatchObject({
          scope: challenge.join(' '),
          required_scope: scopes.join(' '),
        });
      }),
      { numRuns: runs(100) },
    );
  });

  it('are what is needed for a client that adds up itself', () => {
    fc.assert(
      fc.property(tokens, tokens, (granted, scopes) => {
        fc.pre(scopes.length > 0);
        const { challenge, body } = stepUp({ scopes, granted, clientAddsUp: true });
        expect(challenge).toEqual(scopes);
        expect(body).toMatchObject({ scope: scopes.join(' ') });
      }),
      { numRuns: runs(100) },
    );
  });

  it('take nothing else from the token than scopes, and not too much', () => {
    const granted = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), token, fc.constant('x'.repeat(3_000))),
      {
        maxLength: 400,
      },
    );
    fc.assert(
      fc.property(granted, (held) => {
        const { challenge } = stepUp({ scopes: ['notes:write'], granted: held });
        expect(challenge).toContain('notes:write');
        expect(challenge.join(' ').length).toBeLessThanOrEqual(2_048 + ' notes:write'.length);
        for (const scope of challenge) {
          expect(scope).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+$/);
          expect([...held, 'notes:write']).toContain(scope);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
