/**
 * Answers the verification of an opaque token in this process, so that Clerk's time is not measured.
 *
 * @param resource what the tokens are for
 */
export function stubClerk(resource: string): void {
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return url.includes(VERIFICATION) ? Promise.resolve(verified(resource)) : fetch(input, init);
  };
}

const VERIFICATION = '/oauth_applications/access_tokens/verify';

function verified(resource: string): Response {
  const now = Math.floor(Date.now() / 1000);
  const answer = JSON.stringify({
    object: 'clerk_idp_oauth_access_token',
    id: 'oat_0123456789abcdef0123456789abcdef',
    client_id: 'client_bench',
    subject: 'user_2nWSyH2HtHDGy00k9x7jQiWpX69',
    scopes: ['profile'],
    revoked: false,
    revocation_reason: null,
    expired: false,
    expiration: now + 3_600,
    created_at: now,
    updated_at: now,
    aud: [resource],
  });
  return new Response(answer, { headers: { 'content-type': 'application/json' } });
}
