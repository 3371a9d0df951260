import { EmulatorUnknownResourceError } from '../emulator.errors.js';
import { BoundedStore, CredentialStore } from './bounded-store.js';
import { hexId, randomToken } from './clerk-id.js';

/** An API key of a user, an organization or a machine. Times are in milliseconds since the epoch. */
export interface ApiKey {
  /** `ak_` and 32 hexadecimal digits. */
  readonly id: string;
  /** Kind of the key. Clerk's own is `api_key`. */
  readonly type: string;
  readonly name: string;
  /** `user_…`, `org_…` or `mch_…`. */
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
  /** `user_…`, `org_…` or `mch_…`. */
  readonly subject: string;
  /** Default `api_key`. */
  readonly type?: string;
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

/** What {@link ApiKeys.update} changes. */
export interface ApiKeyChanges extends Partial<
  Pick<ApiKeyInput, 'subject' | 'scopes' | 'claims' | 'description'>
> {
  /** From now on; `null`: never. */
  readonly expiresInSeconds?: number | null;
}

/** The API keys of the instance. */
export class ApiKeys {
  readonly #keys: BoundedStore<StoredApiKey>;
  readonly #idBySecret: CredentialStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
  ) {
    this.#keys = new BoundedStore(max, now);
    this.#idBySecret = new CredentialStore(max, now);
  }

  create(input: ApiKeyInput): ApiKey & { readonly secret: string } {
    const now = this.now();
    const { expiresInSeconds, secret = `ak_${randomToken(40)}`, ...rest } = input;
    const key: StoredApiKey = {
      type: 'api_key',
      scopes: [],
      claims: null,
      description: null,
      createdBy: null,
      ...rest,
      id: hexId('ak'),
      revoked: false,
      revocationReason: null,
      expiration: expiresInSeconds === undefined ? null : now + expiresInSeconds * 1000,
      lastUsedAt: null,
      createdAt: now,
      updatedAt: now,
      secret,
    };
    this.#keys.set(key.id, key);
    this.#idBySecret.set(secret, key.id);
    return key;
  }

  find(id: string): ApiKey | undefined {
    const stored = this.#keys.get(id);
    return stored && withoutSecret(stored);
  }

  findBySecret(secret: string): ApiKey | undefined {
    const id = this.#idBySecret.get(secret);
    return id === undefined ? undefined : this.find(id);
  }

  /** Oldest first. */
  list(): ApiKey[] {
    return this.#keys.values().map(withoutSecret);
  }

  /** @throws EmulatorUnknownResourceError */
  secret(id: string): string {
    return this.#get(id).secret;
  }

  /** @throws EmulatorUnknownResourceError */
  update(id: string, { expiresInSeconds, ...changes }: ApiKeyChanges): ApiKey {
    const now = this.now();
    const expiration =
      typeof expiresInSeconds === 'number' ? now + expiresInSeconds * 1000 : expiresInSeconds;
    return this.#change(id, {
      ...changes,
      ...(expiration === undefined ? {} : { expiration }),
      updatedAt: now,
    });
  }

  /** @throws EmulatorUnknownResourceError */
  revoke(id: string, reason: string | null = null): ApiKey {
    return this.#change(id, { revoked: true, revocationReason: reason, updatedAt: this.now() });
  }

  /**
   * Sets the time of the last use.
   *
   * @throws EmulatorUnknownResourceError
   */
  markUsed(id: string): ApiKey {
    return this.#change(id, { lastUsedAt: this.now() });
  }

  /** @throws EmulatorUnknownResourceError */
  delete(id: string): void {
    this.#idBySecret.delete(this.#get(id).secret);
    this.#keys.delete(id);
  }

  /** Whether the key was neither revoked nor has it expired. */
  isValid(key: ApiKey): boolean {
    return !key.revoked && !this.isExpired(key);
  }

  isExpired(key: ApiKey): boolean {
    return key.expiration !== null && key.expiration <= this.now();
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { keys: this.#keys, idBySecret: this.#idBySecret };
  }

  clear(): void {
    this.#keys.clear();
    this.#idBySecret.clear();
  }

  #change(id: string, changes: Partial<ApiKey>): ApiKey {
    const changed: StoredApiKey = { ...this.#get(id), ...changes };
    this.#keys.set(id, changed);
    return withoutSecret(changed);
  }

  #get(id: string): StoredApiKey {
    const key = this.#keys.get(id);
    if (!key) throw new EmulatorUnknownResourceError('API key', id);
    return key;
  }
}

/** Clerk returns the secret of a key at any time, so the secret is kept. */
interface StoredApiKey extends ApiKey {
  readonly secret: string;
}

function withoutSecret({ secret: _secret, ...key }: StoredApiKey): ApiKey {
  return key;
}
