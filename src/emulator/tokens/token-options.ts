import { z } from 'zod';
import type { SessionInput } from '../instance/sessions.js';
import type { JwtChanges } from './signing-keys.js';

/** Options of OAuth tokens: what a user would have granted. */
export interface OAuthTokenOptions {
  /** Id or e-mail address. */
  readonly user: string;
  /** Default: the seeded application. */
  readonly clientId?: string;
  /** Default `profile email`. */
  readonly scopes?: readonly string[];
  /** Granted resource indicators (RFC 8707). Default: none; the token then has no `aud`. */
  readonly resource?: string | readonly string[];
  /** Id or slug; tokens contain it with the scope `user:org:read`. Default: none. */
  readonly organization?: string;
  /** Default: the `accessTokenFormat` switch. */
  readonly format?: 'jwt' | 'opaque';
  /** A negative value issues an expired token. Default: the lifetime of its kind. */
  readonly expiresInSeconds?: number;
}

/** Options of an OAuth access token. The changes apply to JWTs only. */
export interface AccessTokenOptions extends OAuthTokenOptions, JwtChanges {}

/** Options of an id_token. */
export interface IdTokenOptions extends Omit<OAuthTokenOptions, 'format' | 'resource'>, JwtChanges {
  readonly nonce?: string;
}

/** Options of a session token, for an existing session or for a new one. */
export type SessionTokenOptions = ({ readonly session: string } | SessionInput) &
  JwtChanges & {
    /** `azp`. Default: the origin of the emulator. */
    readonly authorizedParty?: string;
    /** A negative value issues an expired token. Default: the lifetime of its kind. */
    readonly expiresInSeconds?: number;
  };

/** Options of a token of a JWT template. The claims of the template are given in `claims`. */
export interface JwtTemplateTokenOptions extends JwtChanges {
  /** Id or e-mail address. */
  readonly user: string;
  /** `azp`. Default: the origin of the emulator. */
  readonly authorizedParty?: string;
  /** A negative value issues an expired token. Default: the lifetime of its kind. */
  readonly expiresInSeconds?: number;
}

/** Options of a JWT with any claims. */
export interface JwtOptions extends Pick<JwtChanges, 'header' | 'signedBy'> {
  readonly claims: Readonly<Record<string, unknown>>;
}

const record = z.record(z.string(), z.unknown());
const changes = {
  claims: record.exactOptional(),
  omitClaims: z.array(z.string()).exactOptional(),
  header: record.exactOptional(),
  signedBy: z.enum(['instance', 'foreign']).exactOptional(),
};
const oauth = {
  user: z.string(),
  clientId: z.string().exactOptional(),
  scopes: z.array(z.string()).exactOptional(),
  resource: z.union([z.string(), z.array(z.string())]).exactOptional(),
  organization: z.string().exactOptional(),
  format: z.enum(['jwt', 'opaque']).exactOptional(),
  expiresInSeconds: z.number().int().exactOptional(),
};
const session = {
  ...changes,
  authorizedParty: z.string().exactOptional(),
  expiresInSeconds: z.number().int().exactOptional(),
};

/** Schemas of the options, by kind of token, for the control surface. */
export const tokenSchemas = {
  oauth_access_token: z.strictObject({
    ...oauth,
    ...changes,
  }) satisfies z.ZodType<AccessTokenOptions>,
  oauth_tokens: z.strictObject(oauth) satisfies z.ZodType<OAuthTokenOptions>,
  session_token: z.union([
    z.strictObject({ session: z.string(), ...session }),
    z.strictObject({
      user: z.string(),
      organization: z.string().exactOptional(),
      status: z
        .enum(['active', 'pending', 'revoked', 'ended', 'expired', 'removed'])
        .exactOptional(),
      actor: record.exactOptional(),
      ...session,
    }),
  ]) satisfies z.ZodType<SessionTokenOptions>,
  id_token: z.strictObject({
    user: oauth.user,
    clientId: oauth.clientId,
    scopes: oauth.scopes,
    organization: oauth.organization,
    expiresInSeconds: oauth.expiresInSeconds,
    nonce: z.string().exactOptional(),
    ...changes,
  }) satisfies z.ZodType<IdTokenOptions>,
  jwt_template: z.strictObject({
    user: z.string(),
    ...session,
  }) satisfies z.ZodType<JwtTemplateTokenOptions>,
  jwt: z.strictObject({
    claims: record,
    header: changes.header,
    signedBy: changes.signedBy,
  }) satisfies z.ZodType<JwtOptions>,
};
