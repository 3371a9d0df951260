import { BoundedStore } from '../instance/bounded-store.js';
import { fingerprint, randomToken } from '../instance/clerk-id.js';

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
