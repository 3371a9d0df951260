import { BoundedStore, CredentialStore } from '../instance/bounded-store.js';
import { clerkId, randomToken } from '../instance/clerk-id.js';

/** The access that a user granted to a client; every token of one authorization refers to it. */
export interface Grant {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Granted resource indicators (RFC 8707). When empty, tokens have no `aud`. */
  readonly resources: readonly string[];
  readonly organizationId: string | null;
  /** Copied from the authorization request into the id_token. */
  readonly nonce: string | null;
}

/** A stored refresh token. */
interface RefreshToken {
  readonly grantId: string;
  /** When a rotation replaced it, in milliseconds since the epoch; `null` before. */
  readonly replacedAt: number | null;
}

/** Grants and their refresh tokens. */
export class Grants {
  readonly #grants: BoundedStore<Grant>;
  readonly #refreshTokens: CredentialStore<RefreshToken>;

  /** @param lifetime of a refresh token, in seconds */
  constructor(
    max: number,
    private readonly now: () => number,
    lifetime: number,
  ) {
    this.#grants = new BoundedStore(max, now, lifetime);
    this.#refreshTokens = new CredentialStore(max, now, lifetime);
  }

  create(input: Omit<Grant, 'id'>): Grant {
    const grant: Grant = { ...input, id: clerkId('grant') };
    this.#grants.set(grant.id, grant);
    return grant;
  }

  /** `undefined` once the grant is revoked. */
  find(id: string): Grant | undefined {
    return this.#grants.get(id);
  }

  /** Revokes every refresh token and every opaque access token of the grant. */
  revoke(id: string): void {
    this.#grants.delete(id);
  }

  createRefreshToken(grant: Grant): string {
    const token = randomToken(48);
    this.#refreshTokens.set(token, { grantId: grant.id, replacedAt: null });
    return token;
  }

  findRefreshToken(token: string): RefreshToken | undefined {
    return this.#refreshTokens.get(token);
  }

  /** Records that a refresh token was replaced. It is kept, so that a replay is detected. */
  markRefreshTokenReplaced(token: string): void {
    const stored = this.findRefreshToken(token);
    if (stored?.replacedAt !== null) return;
    this.#refreshTokens.set(token, { ...stored, replacedAt: this.now() });
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { grants: this.#grants, refreshTokens: this.#refreshTokens };
  }

  clear(): void {
    this.#grants.clear();
    this.#refreshTokens.clear();
  }
}

/** A stored authorization code. */
export interface AuthorizationCode {
  readonly grantId: string;
  readonly clientId: string;
  /** As the authorization request gave it; `null` when it gave none. */
  readonly redirectUri: string | null;
  /** PKCE challenge, always S256; `null` when there was none. */
  readonly codeChallenge: string | null;
  /** Whether it was exchanged; a second use revokes the grant. */
  readonly used: boolean;
}

/** Authorization codes: short-lived, for a single use. */
export class AuthorizationCodes extends CredentialStore<AuthorizationCode> {
  create(code: Omit<AuthorizationCode, 'used'>): string {
    const value = randomToken(40);
    this.set(value, { ...code, used: false });
    return value;
  }

  /** Marks a code as used. It is kept, so that a second use is detected. */
  markUsed(value: string): void {
    const code = this.get(value);
    if (code) this.set(value, { ...code, used: true });
  }
}
