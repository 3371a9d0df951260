import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../../src/access/refusal.js';
import { ClerkRefusalResponder } from '../../../src/clerk/oauth/clerk-refusal.responder.js';
import { resolveClerkOptions } from '../../../src/clerk/resolve-clerk-options.js';

const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';
const responder = new ClerkRefusalResponder(
  resolveClerkOptions({
    secretKey: 'sk_test_fixture',
    clerkDomain: 'clerk.example.com',
    baseURL: 'https://mcp.example.com',
  }),
);
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
