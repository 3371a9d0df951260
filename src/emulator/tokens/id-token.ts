import type { EmulatorCore } from '../emulator-core.js';
import type { Grant } from './grants.js';
import { applyChanges, type JwtChanges } from './jwt-changes.js';
import { registeredClaims } from './session-token.js';
import { userClaims } from './user-claims.js';

/** Signs an OIDC id_token: `aud` is the client, claims about the user follow the scopes. */
export function signIdToken(
  core: EmulatorCore,
  grant: Omit<Grant, 'id' | 'scopes' | 'resources'>,
  request: JwtChanges & {
    readonly scopes: readonly string[];
    /** Default: that of the settings. */
    readonly expiresInSeconds?: number;
  },
): Promise<string> {
  const issuer = core.url;
  const organization =
    grant.organizationId === null ? undefined : core.organizations.find(grant.organizationId);
  const standard: Record<string, unknown> = {
    ...userClaims(core.users.get(grant.userId), organization, request.scopes, issuer),
    ...registeredClaims(
      core,
      grant.userId,
      request.expiresInSeconds ?? core.settings.lifetimes.idToken,
    ),
    aud: grant.clientId,
    ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
  };
  const { header, claims } = applyChanges({}, standard, request);
  return core.keys.sign(header, claims, request.signedBy);
}
