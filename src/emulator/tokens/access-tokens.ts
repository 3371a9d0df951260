import { randomBytes } from 'node:crypto';
import { BoundedStore } from '../instance/bounded-store.js';
import { fingerprint, randomToken } from '../instance/clerk-id.js';
import type { Grant, Grants } from './grants.js';
import { type JwtChanges, applyChanges, type SigningKeys } from './signing-keys.js';

/** An OAuth access token that the instance issued. Times are in seconds since the epoch. */
export interface AccessToken {
  readonly id: string;
  readonly format: 'jwt' | 'opaque';
  readonly grantId: string;
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  /** Empty when no resource was granted: the token then has no `aud`. */
  readonly audience: readonly string[];
  readonly organizationId: string | null;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revoked: boolean;
}

/** How one access token differs from what its grant says. */
export interface AccessTokenRequest extends JwtChanges {
  readonly format: 'jwt' | 'opaque';
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  /** May be negative: the token is then born expired. */
  readonly expiresInSeconds: number;
}

/** The OAuth access tokens of the instance, in both formats. */
export class AccessTokens {
  readonly #tokens: BoundedStore<AccessToken>;
  readonly #idByOpaqueToken: BoundedStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly issuer: () => string,
    private readonly keys: SigningKeys,
    private readonly grants: Grants,
  ) {
    this.#tokens = new BoundedStore(max, now);
    this.#idByOpaqueToken = new BoundedStore(max, now);
  }

  async issue(grant: Grant, request: AccessTokenRequest): Promise<string> {
    const issuedAt = Math.floor(this.now() / 1000);
    const token: AccessToken = {
      id: `oat_${randomBytes(16).toString('hex')}`,
      format: request.format,
      grantId: grant.id,
      clientId: grant.clientId,
      subject: grant.userId,
      scopes: request.scopes,
      audience: request.resources,
      organizationId: request.scopes.includes('user:org:read') ? grant.organizationId : null,
      // A token that is born expired was issued before it expired.
      issuedAt: issuedAt + Math.min(0, request.expiresInSeconds - 1),
      expiresAt: issuedAt + request.expiresInSeconds,
      revoked: false,
    };
    // Expired tokens stay known for a while, so that they can be told from unknown ones.
    this.#tokens.set(token.id, token, Math.max(0, request.expiresInSeconds) + REMEMBERED);
    if (request.format === 'jwt') return this.#sign(token, request);

    const opaque = `oat_${randomToken(40)}`;
    this.#idByOpaqueToken.set(fingerprint(opaque), token.id);
    return opaque;
  }

  /** The token, whether still valid or not; `undefined` for anything the instance did not issue. */
  async find(presented: string): Promise<AccessToken | undefined> {
    const id = presented.startsWith('oat_')
      ? this.#idByOpaqueToken.get(fingerprint(presented))
      : (await this.keys.verify(presented))?.['jti'];
    const token = typeof id === 'string' ? this.#tokens.get(id) : undefined;
    if (!token || this.grants.find(token.grantId)) return token;
    return { ...token, revoked: true };
  }

  async findActive(presented: string): Promise<AccessToken | undefined> {
    const token = await this.find(presented);
    return token && !token.revoked && !this.isExpired(token) ? token : undefined;
  }

  isExpired(token: AccessToken): boolean {
    return token.expiresAt * 1000 <= this.now();
  }

  revoke(id: string): void {
    const token = this.#tokens.get(id);
    if (token) this.#tokens.set(id, { ...token, revoked: true }, REMEMBERED);
  }

  get size(): number {
    return this.#tokens.size;
  }

  clear(): void {
    this.#tokens.clear();
    this.#idByOpaqueToken.clear();
  }

  #sign(token: AccessToken, changes: JwtChanges): Promise<string> {
    const claims: Record<string, unknown> = {
      iss: this.issuer(),
      sub: token.subject,
      client_id: token.clientId,
      jti: token.id,
      iat: token.issuedAt,
      nbf: token.issuedAt,
      exp: token.expiresAt,
      scope: token.scopes.join(' '),
      scp: token.scopes,
    };
    if (token.audience.length > 0) claims['aud'] = token.audience;
    if (token.organizationId !== null) claims['org_id'] = token.organizationId;
    const { header, claims: changed } = applyChanges({ typ: 'at+jwt' }, claims, changes);
    return this.keys.sign(header, changed, changes.signedBy);
  }
}

/** Seconds. */
const REMEMBERED = 86_400;
