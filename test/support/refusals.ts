import { expect } from 'vitest';
import { type Answer, callTool } from './mcp-request.js';
import type { TestService } from './service.js';
import { eventually } from './within.js';

/** 401 without an error code: the request brought no token. */
export function expectUnauthorized(answer: Answer, service: TestService): void {
  expect(answer).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
  const challenge = challengeOf(answer) ?? '';
  expect(challenge.startsWith(`Bearer resource_metadata="${metadataURL(service)}", `)).toBe(true);
  expect(challenge).toMatch(SIGN_IN_SCOPE);
  expectNothingDone(answer);
}

/** 401 for a token that is there and is not good. */
export function expectInvalidToken(
  answer: Answer,
  service: TestService,
  error: 'invalid_token' | 'token_expired' = 'invalid_token',
): void {
  expect(answer).toMatchObject({ status: 401, body: { error } });
  expect(answer.body.error_description).toBeTruthy();
  const challenge = challengeOf(answer);
  expect(challenge).toMatch(/^Bearer error="invalid_token", error_description="[^"]+", /);
  expect(challenge).toContain(`resource_metadata="${metadataURL(service)}"`);
  expect(challenge).toMatch(SIGN_IN_SCOPE);
  expectNothingDone(answer);
}

/** Without `offline_access` while the metadata of Clerk is not known yet. */
const SIGN_IN_SCOPE = /scope="profile email( offline_access)?"$/;

/** 503 with a pause: nothing can be said about the token now. */
export function expectUnavailable(answer: Answer): void {
  expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(challengeOf(answer)).toBeNull();
  expectNothingDone(answer);
}

/** 500: the server itself has no good credentials. */
export function expectMisconfigured(answer: Answer): void {
  expect(answer.status).toBe(500);
  expect(answer.body).toEqual({
    error: 'server_error',
    error_description: 'Authentication service misconfigured',
  });
  expect(challengeOf(answer)).toBeNull();
}

/** The tool answered this user. */
export function expectEcho(answer: Answer, userId: string): void {
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body.result?.isError ?? false, answer.text).toBe(false);
  expect(answer.body.result?.structuredContent).toMatchObject({ userId });
}

/** Waits until the server knows that Clerk lists `offline_access`: nothing else waits for that. */
export async function untilRefreshIsOffered(url: string): Promise<void> {
  await eventually(async () =>
    expect(challengeOf(await callTool(url, 'echo'))).toContain('offline_access'),
  );
}

export function challengeOf({ headers }: Answer): string | null {
  return headers.get('www-authenticate');
}

function expectNothingDone({ body, headers }: Answer): void {
  expect(body.result).toBeUndefined();
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('mcp-session-id')).toBeNull();
}

function metadataURL({ baseURL }: TestService): string {
  return `${baseURL}/.well-known/oauth-protected-resource/mcp`;
}
