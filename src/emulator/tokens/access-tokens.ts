import { randomBytes } from 'node:crypto';
import type { EmulatorSwitches } from '../emulator-switches.js';
import { BoundedStore, CredentialStore } from '../instance/bounded-store.js';
import { randomToken } from '../instance/clerk-id.js';
import type { Grant, Grants } from './grants.js';
import { applyChanges, type JwtChanges, type SigningKeys } from './signing-keys.js';

/** An OAuth access token that the instance issued. Times are in seconds since the epoch. */
interface AccessToken {
  readonly id: string;
  readonly format: 'jwt' | 'opaque';
  readonly grantId: string;
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  /** Empty when no resource was granted; the token then has no `aud`. */
  readonly audience: readonly string[];
  readonly organizationId: string | null;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revoked: boolean;
}

/** Properties of one access token that its grant does not determine. */
interface AccessTokenRequest extends JwtChanges {
  readonly format: 'jwt' | 'opaque';
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  /** A negative value issues a token that has already expired. */
  readonly expiresInSeconds: number;
}

/** The OAuth access tokens of the instance, in both formats. */
export class AccessTokens {
  readonly #tokens: BoundedStore<AccessToken>;
  readonly #idByOpaqueToken: CredentialStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly issuer: () => string,
    private readonly keys: SigningKeys,
    private readonly grants: Grants,
    private readonly switches: Readonly<EmulatorSwitches>,
  ) {
    this.#tokens = new BoundedStore(max, now);
    this.#idByOpaqueToken = new CredentialStore(max, now);
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
      audience: this.switches.audienceClaim === 'none' ? [] : request.resources,
      organizationId: request.scopes.includes('user:org:read') ? grant.organizationId : null,
      // A token that has already expired also has an issue time before its expiry.
      issuedAt: issuedAt + Math.min(0, request.expiresInSeconds - 1),
      expiresAt: issuedAt + request.expiresInSeconds,
      revoked: false,
    };
    // Expired tokens are kept for a day, because verification reports them unlike unknown ones.
    this.#tokens.set(token.id, token, Math.max(0, request.expiresInSeconds) + RETENTION_SECONDS);
    if (request.format === 'jwt') return this.#sign(token, request);

    const opaque = `oat_${randomToken(40)}`;
    this.#idByOpaqueToken.set(opaque, token.id);
    return opaque;
  }

  /** The token, also an expired or revoked one; `undefined` if the instance did not issue it. */
  async find(presented: string): Promise<AccessToken | undefined> {
    const id = presented.startsWith('oat_')
      ? this.#idByOpaqueToken.get(presented)
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
    if (token) this.#tokens.set(id, { ...token, revoked: true }, RETENTION_SECONDS);
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { tokens: this.#tokens, idByOpaqueToken: this.#idByOpaqueToken };
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
      ...(this.switches.scopeClaim === 'scp'
        ? { scp: token.scopes }
        : { scope: token.scopes.join(' ') }),
    };
    const [audience, ...others] = token.audience;
    if (audience !== undefined) {
      const isArray = this.switches.audienceClaim === 'array' || others.length > 0;
      claims['aud'] = isArray ? token.audience : audience;
    }
    if (token.organizationId !== null) claims['org_id'] = token.organizationId;
    const standard = {
      typ: 'at+jwt',
      ...(this.switches.tokenCategories ? { cat: ACCESS_TOKEN_CATEGORY } : {}),
    };
    const { header, claims: changed } = applyChanges(standard, claims, changes);
    return this.keys.sign(header, changed, changes.signedBy);
  }
}

/** Made up: Clerk documents no `cat` of OAuth access tokens. */
const ACCESS_TOKEN_CATEGORY = 'cl_B7d4PD444AAA';
/** A day. */
const RETENTION_SECONDS = 86_400;
