import type { EmulatorCore } from '../emulator-core.js';
import { SEEDED_CLIENT_ID } from '../instance/seed.js';
import type { Grant } from './grants.js';
import { signJwtTemplateToken, signSessionToken } from './session-token.js';
import type {
  AccessTokenOptions,
  IdTokenOptions,
  JwtOptions,
  JwtTemplateTokenOptions,
  OAuthTokenOptions,
  SessionTokenOptions,
} from './token-options.js';
import { issueTokens, signIdToken, type TokenResponse } from './token-response.js';

/** Issues tokens without a browser, also tokens that the instance itself would never issue. */
export class TokenIssuer {
  constructor(private readonly core: EmulatorCore) {}

  /** An OAuth access token, `at+jwt` or opaque (`oat_…`). */
  async oauthAccessToken(options: AccessTokenOptions): Promise<string> {
    const grant = this.#grant(options);
    return this.core.accessTokens.issue(grant, {
      ...options,
      format: options.format ?? this.core.settings.switches.accessTokenFormat,
      scopes: grant.scopes,
      resources: grant.resources,
      expiresInSeconds: options.expiresInSeconds ?? this.core.settings.lifetimes.accessToken,
    });
  }

  /** A complete response of the token endpoint, always with a refresh token. */
  async oauthTokens(options: OAuthTokenOptions): Promise<TokenResponse> {
    const grant = this.#grant(options);
    return issueTokens(this.core, grant, {
      scopes: grant.scopes,
      resources: grant.resources,
      refreshToken: this.core.grants.createRefreshToken(grant),
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.expiresInSeconds === undefined
        ? {}
        : { expiresInSeconds: options.expiresInSeconds }),
    });
  }

  /** A session token of version 2. Creates a session unless the options name one. */
  async sessionToken(options: SessionTokenOptions): Promise<string> {
    const { core } = this;
    const session =
      'session' in options ? core.sessions.get(options.session) : core.sessions.create(options);
    return signSessionToken(core, session, {
      ...options,
      expiresInSeconds: options.expiresInSeconds ?? core.settings.lifetimes.sessionToken,
      authorizedParty: options.authorizedParty ?? core.url,
    });
  }

  /** An OIDC id_token. */
  async idToken(options: IdTokenOptions): Promise<string> {
    const grant = this.#grant(options);
    return signIdToken(
      this.core,
      { ...grant, nonce: options.nonce ?? null },
      {
        ...options,
        scopes: grant.scopes,
      },
    );
  }

  /** A token of a JWT template; it has no `sid`. */
  async jwtTemplateToken(options: JwtTemplateTokenOptions): Promise<string> {
    const { core } = this;
    return signJwtTemplateToken(core, core.users.get(options.user).id, {
      ...options,
      template: {},
      expiresInSeconds: options.expiresInSeconds ?? core.settings.lifetimes.jwtTemplateToken,
      authorizedParty: options.authorizedParty ?? core.url,
    });
  }

  /** A JWT with any claims and header; only `alg`, `kid` and `typ` have defaults. */
  async jwt(options: JwtOptions): Promise<string> {
    return this.core.keys.sign(options.header ?? {}, options.claims, options.signedBy);
  }

  #grant(options: OAuthTokenOptions): Grant {
    const { core } = this;
    return core.grants.create({
      userId: core.users.get(options.user).id,
      clientId: options.clientId ?? SEEDED_CLIENT_ID,
      scopes: options.scopes ?? ['profile', 'email'],
      resources: [options.resource ?? []].flat(),
      organizationId:
        options.organization === undefined ? null : core.organizations.get(options.organization).id,
      nonce: null,
    });
  }
}
