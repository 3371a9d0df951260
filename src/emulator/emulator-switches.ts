import { z } from 'zod';

/** Settings that can change while the emulator runs. */
export interface EmulatorSwitches {
  /** Format of OAuth access tokens. Default `jwt`. */
  accessTokenFormat: 'jwt' | 'opaque';
  /** Whether clients may register themselves (RFC 7591). Default `true`. */
  dynamicClientRegistration: boolean;
  /**
   * Whether a `client_id` may be the URL of a metadata document (CIMD), which the emulator then
   * fetches. Default `false`.
   */
  clientIdMetadataDocuments: boolean;
  /** Whether a refresh token is issued without `offline_access`. Default `false`. */
  alwaysRefreshToken: boolean;
  /** Whether a refresh replaces the refresh token. Default `true`. */
  rotateRefreshTokens: boolean;
  /** Whether authorization responses contain `iss` (RFC 9207). Default `false`, as at Clerk. */
  issuerInAuthorizationResponse: boolean;
  /**
   * Response to the verification of a revoked or expired opaque access token: 200 with the flag set
   * (`flagged`), or 404 (`not_found`). Default `flagged`.
   */
  staleAccessTokens: 'flagged' | 'not_found';
}

export const DEFAULT_SWITCHES: Readonly<EmulatorSwitches> = {
  accessTokenFormat: 'jwt',
  dynamicClientRegistration: true,
  clientIdMetadataDocuments: false,
  alwaysRefreshToken: false,
  rotateRefreshTokens: true,
  issuerInAuthorizationResponse: false,
  staleAccessTokens: 'flagged',
};

const flag = z.boolean().exactOptional();

/** Any part of the switches, as the control surface and seeds read them. */
export const switchesSchema = z.strictObject({
  accessTokenFormat: z.enum(['jwt', 'opaque']).exactOptional(),
  dynamicClientRegistration: flag,
  clientIdMetadataDocuments: flag,
  alwaysRefreshToken: flag,
  rotateRefreshTokens: flag,
  issuerInAuthorizationResponse: flag,
  staleAccessTokens: z.enum(['flagged', 'not_found']).exactOptional(),
}) satisfies z.ZodType<Partial<EmulatorSwitches>>;
