import type { ClerkClient } from '@clerk/backend';

/** What the SDK is asked to hold a JWT of a machine against. */
export interface SdkVerification {
  readonly token: string;
  /** PEM of the key; with it the SDK asks nobody. */
  readonly jwtKey: string;
  /** Tolerated difference of clocks, in milliseconds. */
  readonly clockSkewInMs: number;
}

/**
 * Whether the Clerk SDK takes a JWT for that of a machine: signature, algorithm, header type and
 * category, and times.
 */
export async function isMachineToken(
  clerk: ClerkClient,
  { token, ...checks }: SdkVerification,
): Promise<boolean> {
  const state = await clerk.authenticateRequest(syntheticRequest(token), {
    ...checks,
    acceptsToken: 'm2m_token',
  });
  const auth = state.toAuth();
  return state.isAuthenticated && auth?.isAuthenticated === true && auth.tokenType === 'm2m_token';
}

/**
 * The SDK reads cookies, `Accept`, `Sec-Fetch-Dest` and forwarded headers of a request, and may
 * sign in by cookie or answer with a redirect. It gets a request that has none of them.
 */
function syntheticRequest(token: string): Request {
  return new Request('https://resource.invalid/', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
}
