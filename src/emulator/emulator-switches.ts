import { z } from 'zod';
import { EmulatorSwitchError } from './emulator.errors.js';

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
  /**
   * Time in which a replaced refresh token still works, in milliseconds; after it, a use revokes the
   * grant. Default `0`.
   */
  refreshTokenGraceMs: number;
  /**
   * Whether authorization responses contain `iss` (RFC 9207) and the metadata says so. Default `true`,
   * as at Clerk.
   */
  issuerInAuthorizationResponse: boolean;
  /**
   * Response to the verification of a revoked or expired opaque access token: 200 with the flag set
   * (`flagged`), 404 (`not_found`), or 200 with `{"active":false}` (`inactive`). Default `flagged`.
   */
  staleAccessTokens: 'flagged' | 'not_found' | 'inactive';
  /**
   * Scopes of a client that registers or is created without naming any. Default
   * `email offline_access profile`, as at Clerk: not `openid`.
   */
  defaultScopes: readonly string[];
  /**
   * Scopes of clients that a metadata document describes (CIMD): the instance allows them, the
   * document cannot add any. `offline_access` is always among them. Default `email offline_access
   * profile`.
   */
  clientMetadataScopes: readonly string[];
  /**
   * Custom scopes that the metadata documents name beside Clerk's own. A scope that is advertised is
   * not thereby assigned to a client. Default: none.
   */
  advertisedScopes: readonly string[];
  /**
   * Ports of a redirect URI on `http://127.0.0.1` and `http://[::1]`: any one, or the registered one.
   * Every other redirect URI, `localhost` included, is compared as a string. Default `any_port`.
   */
  loopbackRedirects: 'any_port' | 'exact';
  /** HTTP status of the error `invalid_grant`; Clerk documents both. Default `400`. */
  invalidGrantStatus: 400 | 401;
  /**
   * The claim of JWT access tokens that has the scopes: `scope`, a string, or `scp`, an array. Default
   * `scope`.
   */
  scopeClaim: 'scope' | 'scp';
  /**
   * Form of `aud` in access tokens: the granted `resource` as a string (as an array where several were
   * granted), always an array, or no `aud`. A verification answer has a list in both cases. Default
   * `string`.
   */
  audienceClaim: 'string' | 'array' | 'none';
  /** Whether a refreshed access token keeps `aud`. Default `true`. */
  audienceAfterRefresh: boolean;
  /** URLs of the MCP servers that are registered at the instance. Default: none. */
  resources: readonly string[];
  /**
   * What happens to a requested `resource` that is not among {@link EmulatorSwitches.resources}: it is
   * granted, ignored (no `aud`) or refused with `invalid_target`. Default `granted`.
   */
  unregisteredResource: 'granted' | 'ignored' | 'refused';
  /**
   * Whether id_tokens and JWT access tokens carry a `cat` header, of a made-up value: Clerk documents
   * none. Default `false`.
   */
  tokenCategories: boolean;
  /** Whether `/oauth/userinfo` accepts an access token that has `aud`. Default `true`. */
  userinfoAcceptsAudience: boolean;
}

export const DEFAULT_SWITCHES: Readonly<EmulatorSwitches> = {
  accessTokenFormat: 'jwt',
  dynamicClientRegistration: true,
  clientIdMetadataDocuments: false,
  alwaysRefreshToken: false,
  rotateRefreshTokens: true,
  refreshTokenGraceMs: 0,
  issuerInAuthorizationResponse: true,
  staleAccessTokens: 'flagged',
  defaultScopes: ['email', 'offline_access', 'profile'],
  clientMetadataScopes: ['email', 'offline_access', 'profile'],
  advertisedScopes: [],
  loopbackRedirects: 'any_port',
  invalidGrantStatus: 400,
  scopeClaim: 'scope',
  audienceClaim: 'string',
  audienceAfterRefresh: true,
  resources: [],
  unregisteredResource: 'granted',
  tokenCategories: false,
  userinfoAcceptsAudience: true,
};

const flag = z.boolean().exactOptional();
const scopes = z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).exactOptional();

/** Any part of the switches, as the control surface and seeds read them. */
export const switchesSchema = z.strictObject({
  accessTokenFormat: z.enum(['jwt', 'opaque']).exactOptional(),
  dynamicClientRegistration: flag,
  clientIdMetadataDocuments: flag,
  alwaysRefreshToken: flag,
  rotateRefreshTokens: flag,
  refreshTokenGraceMs: z.number().int().min(0).max(86_400_000).exactOptional(),
  issuerInAuthorizationResponse: flag,
  staleAccessTokens: z.enum(['flagged', 'not_found', 'inactive']).exactOptional(),
  defaultScopes: scopes,
  clientMetadataScopes: scopes,
  advertisedScopes: scopes,
  loopbackRedirects: z.enum(['any_port', 'exact']).exactOptional(),
  invalidGrantStatus: z.literal([400, 401]).exactOptional(),
  scopeClaim: z.enum(['scope', 'scp']).exactOptional(),
  audienceClaim: z.enum(['string', 'array', 'none']).exactOptional(),
  audienceAfterRefresh: flag,
  resources: z.array(z.url()).exactOptional(),
  unregisteredResource: z.enum(['granted', 'ignored', 'refused']).exactOptional(),
  tokenCategories: flag,
  userinfoAcceptsAudience: flag,
}) satisfies z.ZodType<Partial<EmulatorSwitches>>;

/**
 * The switches among some options.
 *
 * @throws EmulatorSwitchError for a value that a switch does not have
 */
export function switchesOf(options: Readonly<object>): Partial<EmulatorSwitches> {
  const given = Object.entries(options).filter(
    ([name, value]) => Object.hasOwn(DEFAULT_SWITCHES, name) && value !== undefined,
  );
  const parsed = switchesSchema.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new EmulatorSwitchError(z.prettifyError(parsed.error));
  return parsed.data;
}

/**
 * Refuses switches that name a scope which the instance does not have.
 *
 * @throws EmulatorSwitchError
 */
export function refuseUnknownScopes(
  switches: Partial<EmulatorSwitches>,
  scopeNames: readonly string[],
): void {
  for (const name of ['defaultScopes', 'clientMetadataScopes', 'advertisedScopes'] as const) {
    const unknown = switches[name]?.find((scope) => !scopeNames.includes(scope));
    if (unknown === undefined) continue;
    throw new EmulatorSwitchError(
      `${name} names the scope ${JSON.stringify(unknown)}, which the instance does not have. ` +
        'Add it to customScopes, or write one of its scopes: ' +
        `${scopeNames.join(', ')}.`,
    );
  }
}
