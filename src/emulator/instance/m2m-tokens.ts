import { isDeepStrictEqual } from 'node:util';
import { EmulatorUnknownResourceError } from '../emulator.errors.js';
import { BoundedStore, CredentialStore } from './bounded-store.js';
import { hexId, randomToken } from './clerk-id.js';

/** A machine-to-machine token. Times are in milliseconds since the epoch. */
export interface M2MToken {
  /** `mt_` and 32 hexadecimal digits. */
  readonly id: string;
  /** The machine that the token identifies, `mch_…`. */
  readonly subject: string;
  /** Ids of the machines that accept the token. */
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>> | null;
  readonly revoked: boolean;
  readonly revocationReason: string | null;
  readonly expiration: number | null;
  readonly lastUsedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Properties of a new token. */
export interface M2MTokenInput {
  /** The machine that the token identifies, `mch_…`. */
  readonly machine: string;
  readonly claims?: Readonly<Record<string, unknown>> | null;
  /** Default: the `defaultTokenLifetime` of the machine. */
  readonly expiresInSeconds?: number;
}

/** The part of a machine that its tokens are made from. */
interface TokenHolder {
  readonly id: string;
  readonly scopedMachines: readonly string[];
  readonly defaultTokenLifetime: number;
}

/** The opaque machine-to-machine tokens of the instance. */
export class M2MTokens {
  readonly #tokens: BoundedStore<StoredToken>;
  readonly #idByToken: CredentialStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly findMachine: (id: string) => TokenHolder | undefined,
  ) {
    this.#tokens = new BoundedStore(max, now);
    this.#idByToken = new CredentialStore(max, now);
  }

  create(
    machine: TokenHolder,
    input: Omit<M2MTokenInput, 'machine'>,
  ): M2MToken & { readonly token: string } {
    const now = this.now();
    const lifetime = input.expiresInSeconds ?? machine.defaultTokenLifetime;
    const stored: StoredToken = {
      id: hexId('mt'),
      subject: machine.id,
      scopes: machine.scopedMachines,
      claims: input.claims ?? null,
      revoked: false,
      revocationReason: null,
      expiration: now + lifetime * 1000,
      lastUsedAt: null,
      createdAt: now,
      updatedAt: now,
      token: `mt_${randomToken(40)}`,
    };
    this.#tokens.set(stored.id, stored);
    this.#idByToken.set(stored.token, stored.id);
    return stored;
  }

  /** The newest valid token of a machine with these claims and the scopes of the machine. */
  findReusable(
    machine: TokenHolder,
    claims: Readonly<Record<string, unknown>> | null,
    minRemainingSeconds: number,
  ): (M2MToken & { readonly token: string }) | undefined {
    const expiresAfter = this.now() + minRemainingSeconds * 1000;
    return this.#tokens
      .values()
      .findLast(
        (token) =>
          token.subject === machine.id &&
          !token.revoked &&
          token.expiration !== null &&
          token.expiration >= expiresAfter &&
          !this.isExpired(token) &&
          isDeepStrictEqual(token.claims, claims) &&
          isDeepStrictEqual(token.scopes, machine.scopedMachines),
      );
  }

  find(id: string): M2MToken | undefined {
    const stored = this.#tokens.get(id);
    return stored && this.findMachine(stored.subject) && withoutValue(stored);
  }

  /** @param token `mt_…` */
  findByValue(token: string): M2MToken | undefined {
    const id = this.#idByToken.get(token);
    return id === undefined ? undefined : this.find(id);
  }

  /** Oldest first. */
  ofMachine(machineId: string): M2MToken[] {
    return this.#tokens
      .values()
      .filter((token) => token.subject === machineId)
      .map(withoutValue);
  }

  /** @throws EmulatorUnknownResourceError */
  revoke(id: string, reason: string | null = null): M2MToken {
    return this.#change(id, { revoked: true, revocationReason: reason, updatedAt: this.now() });
  }

  /**
   * Sets the time of the last use.
   *
   * @throws EmulatorUnknownResourceError
   */
  markUsed(id: string): M2MToken {
    return this.#change(id, { lastUsedAt: this.now() });
  }

  isExpired(token: M2MToken): boolean {
    return token.expiration !== null && token.expiration <= this.now();
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { tokens: this.#tokens, idByToken: this.#idByToken };
  }

  clear(): void {
    this.#tokens.clear();
    this.#idByToken.clear();
  }

  #change(id: string, changes: Partial<M2MToken>): M2MToken {
    const stored = this.#tokens.get(id);
    if (!stored) throw new EmulatorUnknownResourceError('M2M token', id);
    const changed = { ...stored, ...changes };
    this.#tokens.set(id, changed);
    return withoutValue(changed);
  }
}

/** Clerk returns the value of a token again when a machine reuses it, so the value is kept. */
export interface StoredToken extends M2MToken {
  readonly token: string;
}

function withoutValue({ token: _token, ...rest }: StoredToken): M2MToken {
  return rest;
}
