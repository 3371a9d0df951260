import { EmulatorUnknownResourceError } from '../emulator.errors.js';
import { BoundedStore, CredentialStore } from './bounded-store.js';
import { clerkId, randomToken } from './clerk-id.js';

/** An API key of a user or an organization. Times are in milliseconds since the epoch. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** `user_…` or `org_…`. */
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>> | null;
  readonly description: string | null;
  readonly createdBy: string | null;
  readonly revoked: boolean;
  readonly revocationReason: string | null;
  readonly expiration: number | null;
  readonly lastUsedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link ApiKeys.create}. */
export interface ApiKeyInput {
  readonly name: string;
  /** `user_…` or `org_…`. */
  readonly subject: string;
  readonly scopes?: readonly string[];
  readonly claims?: Readonly<Record<string, unknown>> | null;
  readonly description?: string | null;
  /** User id. */
  readonly createdBy?: string | null;
  /** Default: never. */
  readonly expiresInSeconds?: number;
  /** `ak_…`. Default: a random one. */
  readonly secret?: string;
}

/** The API keys of the instance. */
export class ApiKeys {
  readonly #keys: BoundedStore<ApiKey>;
  readonly #idBySecret: CredentialStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
  ) {
    this.#keys = new BoundedStore(max, now);
    this.#idBySecret = new CredentialStore(max, now);
  }

  /** Only this method returns the secret. */
  create(input: ApiKeyInput): ApiKey & { readonly secret: string } {
    const now = this.now();
    const { expiresInSeconds, secret = `ak_${randomToken(40)}`, ...rest } = input;
    const key: ApiKey = {
      scopes: [],
      claims: null,
      description: null,
      createdBy: null,
      ...rest,
      id: clerkId('api_key'),
      revoked: false,
      revocationReason: null,
      expiration: expiresInSeconds === undefined ? null : now + expiresInSeconds * 1000,
      lastUsedAt: null,
      createdAt: now,
      updatedAt: now,
    };
    this.#keys.set(key.id, key);
    this.#idBySecret.set(secret, key.id);
    return { ...key, secret };
  }

  findBySecret(secret: string): ApiKey | undefined {
    const id = this.#idBySecret.get(secret);
    return id === undefined ? undefined : this.#keys.get(id);
  }

  /** @throws EmulatorUnknownResourceError */
  revoke(id: string, reason: string | null = null): ApiKey {
    const key = this.#keys.get(id);
    if (!key) throw new EmulatorUnknownResourceError('API key', id);
    const revoked: ApiKey = {
      ...key,
      revoked: true,
      revocationReason: reason,
      updatedAt: this.now(),
    };
    this.#keys.set(id, revoked);
    return revoked;
  }

  clear(): void {
    this.#keys.clear();
    this.#idBySecret.clear();
  }
}
