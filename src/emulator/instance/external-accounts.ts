import { EmulatorUnknownResourceError } from '../emulator.errors.js';
import { BoundedStore } from './bounded-store.js';
import { clerkId, randomToken } from './clerk-id.js';
import type { Users } from './users.js';

/** An account of another service that a user has connected. Times are in milliseconds since the epoch. */
export interface ExternalAccount {
  readonly id: string;
  readonly userId: string;
  /** Without `oauth_`, such as `google`. */
  readonly provider: string;
  readonly providerUserId: string;
  readonly scopes: readonly string[];
  /** The access token of the other service. */
  readonly token: string;
  /** `null`: never. */
  readonly expiresAt: number | null;
  readonly label: string | null;
}

/** Input of {@link ExternalAccounts.connect}. */
export interface ExternalAccountInput {
  /** Id or e-mail address. */
  readonly user: string;
  /** Without `oauth_`, such as `google`. */
  readonly provider: string;
  /** Default: none. */
  readonly scopes?: readonly string[];
  /** Default: a random one. */
  readonly token?: string;
  /** Lifetime of the token. Clerk refreshes an expired one. Default: it does not expire. */
  readonly expiresInSeconds?: number;
  readonly label?: string | null;
}

/** The accounts of other services that the users have connected. */
export class ExternalAccounts {
  readonly #accounts: BoundedStore<ExternalAccount & { readonly lifetime: number | undefined }>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly users: Users,
  ) {
    this.#accounts = new BoundedStore(max, now);
  }

  /**
   * Connects an account. A user may have several of one provider.
   *
   * @throws EmulatorUnknownResourceError the user does not exist
   */
  connect(input: ExternalAccountInput): ExternalAccount {
    const id = clerkId('eac');
    this.#accounts.set(id, {
      id,
      userId: this.users.get(input.user).id,
      provider: input.provider,
      providerUserId: clerkId('idn', id),
      scopes: input.scopes ?? [],
      token: input.token ?? randomToken(40),
      expiresAt: this.#expiry(input.expiresInSeconds),
      label: input.label ?? null,
      lifetime: input.expiresInSeconds,
    });
    return this.#get(id);
  }

  /** @throws EmulatorUnknownResourceError */
  disconnect(id: string): void {
    this.#get(id);
    this.#accounts.delete(id);
  }

  /** The accounts of a user at one provider, oldest first. An expired token is replaced. */
  ofUser(userId: string, provider: string): readonly ExternalAccount[] {
    return this.#accounts
      .values()
      .filter((one) => one.userId === userId && one.provider === provider)
      .map(({ id }) => this.#refreshed(id));
  }

  /** Called when a user is deleted. */
  deleteOfUser(userId: string): void {
    for (const one of this.#accounts.values()) {
      if (one.userId === userId) this.#accounts.delete(one.id);
    }
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { accounts: this.#accounts };
  }

  clear(): void {
    this.#accounts.clear();
  }

  #refreshed(id: string): ExternalAccount {
    const account = this.#get(id);
    if (account.expiresAt === null || account.expiresAt > this.now()) return account;
    const known = this.#accounts.get(id);
    if (!known) return account;
    const expiresAt = this.#expiry(known.lifetime);
    this.#accounts.set(id, { ...known, token: randomToken(40), expiresAt });
    return this.#get(id);
  }

  #get(id: string): ExternalAccount {
    const account = this.#accounts.get(id);
    if (!account) throw new EmulatorUnknownResourceError('external account', id);
    const { lifetime: _lifetime, ...rest } = account;
    return rest;
  }

  #expiry(lifetime: number | undefined): number | null {
    return lifetime === undefined ? null : this.now() + lifetime * 1_000;
  }
}
