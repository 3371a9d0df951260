import { verifyToken, type ClerkClient } from '@clerk/backend';
import type { TokenType } from './token-type.js';

/** What the SDK is asked to hold a JWT against. */
export interface SdkVerification {
  readonly kind: TokenType;
  readonly token: string;
  /** PEM of the key; with it the SDK asks nobody. */
  readonly jwtKey: string;
  readonly issuer: string;
  /** Tolerated difference of clocks, in milliseconds. */
  readonly clockSkewInMs: number;
}

/** What the SDK found out beyond the claims. */
export interface SdkVerdict {
  /** The organization of a session; the SDK unpacks both versions of the claim. */
  readonly organization?: {
    readonly id: string;
    readonly slug: string | undefined;
    readonly role: string | undefined;
    readonly permissions: readonly string[] | undefined;
  };
}

/**
 * Lets the Clerk SDK verify a JWT whose kind is known: signature, algorithm, header type and
 * category, issuer and times. `undefined` when it turns the token down.
 */
export async function verifyWithSdk(
  clerk: ClerkClient,
  { kind, token, ...checks }: SdkVerification,
): Promise<SdkVerdict | undefined> {
  if (kind === 'id_token' || kind === 'jwt_template') {
    // `authenticateRequest` knows no id_tokens and turns JWT templates down on purpose.
    return verifyToken(token, checks).then(
      () => ({}),
      () => undefined,
    );
  }

  const state = await clerk.authenticateRequest(syntheticRequest(token), {
    ...checks,
    acceptsToken: kind,
  });
  // A pending session is signed in for `state` and signed out for `auth`: both must agree.
  const auth = state.toAuth();
  if (!state.isAuthenticated || !auth?.isAuthenticated || auth.tokenType !== kind) return undefined;
  if (auth.tokenType !== 'session_token' || !('orgId' in auth) || !auth.orgId) return {};

  const { orgId: id, orgSlug, orgRole, orgPermissions } = auth;
  return {
    organization: {
      id,
      slug: orgSlug ?? undefined,
      role: orgRole ?? undefined,
      permissions: orgPermissions ?? undefined,
    },
  };
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
