import type { EmulatorCore } from '../emulator-core.js';
import type { Grant } from './grants.js';
import { registeredClaims } from './session-token.js';
import { applyChanges, type JwtChanges } from './signing-keys.js';
import { idTokenClaims } from './user-claims.js';

/** The response of the token endpoint (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** Issues an access token for a grant, and an id_token when `openid` was granted. */
export async function issueTokens(
  core: EmulatorCore,
  grant: Grant,
  request: {
    readonly scopes: readonly string[];
    readonly resources: readonly string[];
    readonly refreshToken: string | undefined;
    /** Default: the `accessTokenFormat` switch. */
    readonly format?: 'jwt' | 'opaque';
    /** Lifetime of the access token. Default: `lifetimes.accessToken`. */
    readonly expiresInSeconds?: number;
  },
): Promise<TokenResponse> {
  const { lifetimes, switches } = core.settings;
  const expiresInSeconds = request.expiresInSeconds ?? lifetimes.accessToken;
  const accessToken = await core.accessTokens.issue(grant, {
    format: request.format ?? switches.accessTokenFormat,
    scopes: request.scopes,
    resources: request.resources,
    expiresInSeconds,
  });
  const idToken = request.scopes.includes('openid')
    ? await signIdToken(core, grant, { scopes: request.scopes })
    : undefined;
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    scope: request.scopes.join(' '),
    ...(request.refreshToken === undefined ? {} : { refresh_token: request.refreshToken }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  };
}

/** Signs an OIDC id_token: `aud` is the client, and the scopes select the claims about the user. */
export function signIdToken(
  core: EmulatorCore,
  grant: Omit<Grant, 'id' | 'scopes' | 'resources'>,
  request: JwtChanges & {
    readonly scopes: readonly string[];
    /** Default: `lifetimes.idToken`. */
    readonly expiresInSeconds?: number;
  },
): Promise<string> {
  const issuer = core.url;
  const organization =
    grant.organizationId === null ? undefined : core.organizations.find(grant.organizationId);
  const standard: Record<string, unknown> = {
    ...idTokenClaims(core.users.get(grant.userId), organization, request.scopes, issuer),
    ...registeredClaims(
      core,
      grant.userId,
      request.expiresInSeconds ?? core.settings.lifetimes.idToken,
    ),
    aud: grant.clientId,
    ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
  };
  const category = core.settings.switches.tokenCategories ? { cat: ID_TOKEN_CATEGORY } : {};
  const { header, claims } = applyChanges(category, standard, request);
  return core.keys.sign(header, claims, request.signedBy);
}

/** Made up: Clerk documents no `cat` of id_tokens. */
const ID_TOKEN_CATEGORY = 'cl_B7d4PD555AAA';
