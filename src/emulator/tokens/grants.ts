import { BoundedStore } from '../instance/bounded-store.js';
import { clerkId, fingerprint, randomToken } from '../instance/clerk-id.js';

/** What a user allowed a client: every token of one authorization refers to one grant. */
export interface Grant {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Granted resource indicators (RFC 8707); none means tokens without `aud`. */
  readonly resources: readonly string[];
  readonly organizationId: string | null;
  /** Goes into the id_token as it came in. */
  readonly nonce: string | null;
}

/** A refresh token as the store knows it. */
export interface RefreshToken {
  readonly grantId: string;
  /** Whether a rotation replaced it; one more use is a replay. */
  readonly used: boolean;
}

/** Grants and the refresh tokens that belong to them. */
export class Grants {
  readonly #grants: BoundedStore<Grant>;
  readonly #refreshTokens: BoundedStore<RefreshToken>;

  /** @param lifetime of a refresh token, in seconds */
  constructor(
    max: number,
    now: () => number,
    private readonly lifetime: number,
  ) {
    this.#grants = new BoundedStore(max, now);
    this.#refreshTokens = new BoundedStore(max, now);
  }

  create(input: Omit<Grant, 'id'>): Grant {
    const grant: Grant = { ...input, id: clerkId('grant') };
    this.#grants.set(grant.id, grant, this.lifetime);
    return grant;
  }

  /** `undefined` once it is revoked. */
  find(id: string): Grant | undefined {
    return this.#grants.get(id);
  }

  /** Ends every refresh token and every opaque access token of the grant. */
  revoke(id: string): void {
    this.#grants.delete(id);
  }

  createRefreshToken(grant: Grant): string {
    const token = randomToken(48);
    this.#refreshTokens.set(fingerprint(token), { grantId: grant.id, used: false }, this.lifetime);
    return token;
  }

  findRefreshToken(token: string): RefreshToken | undefined {
    return this.#refreshTokens.get(fingerprint(token));
  }

  /** Marks a refresh token as replaced; it stays known, so that its replay is noticed. */
  retireRefreshToken(token: string): void {
    const stored = this.findRefreshToken(token);
    if (stored)
      this.#refreshTokens.set(fingerprint(token), { ...stored, used: true }, this.lifetime);
  }

  get size(): number {
    return this.#grants.size;
  }

  clear(): void {
    this.#grants.clear();
    this.#refreshTokens.clear();
  }
}

/** An authorization code as the store knows it. */
export interface AuthorizationCode {
  readonly grantId: string;
  readonly clientId: string;
  /** As the authorization request gave it; `null` when it gave none. */
  readonly redirectUri: string | null;
  /** PKCE challenge, always S256; `null` when there was none. */
  readonly codeChallenge: string | null;
  /** Whether it was exchanged; one more use revokes what was issued from it. */
  readonly used: boolean;
}

/** Authorization codes: short-lived, for a single use. */
export class AuthorizationCodes {
  readonly #codes: BoundedStore<AuthorizationCode>;

  /** @param lifetime in seconds */
  constructor(
    max: number,
    now: () => number,
    private readonly lifetime: number,
  ) {
    this.#codes = new BoundedStore(max, now);
  }

  create(code: Omit<AuthorizationCode, 'used'>): string {
    const value = randomToken(40);
    this.#codes.set(fingerprint(value), { ...code, used: false }, this.lifetime);
    return value;
  }

  find(value: string): AuthorizationCode | undefined {
    return this.#codes.get(fingerprint(value));
  }

  /** A used code stays known, so that its reuse is noticed. */
  markUsed(value: string): void {
    const code = this.find(value);
    if (code) this.#codes.set(fingerprint(value), { ...code, used: true }, this.lifetime);
  }

  get size(): number {
    return this.#codes.size;
  }

  clear(): void {
    this.#codes.clear();
  }
}
