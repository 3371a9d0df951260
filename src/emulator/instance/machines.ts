import { EmulatorUnknownResourceError } from '../emulator.errors.js';
import { BoundedStore, CredentialStore } from './bounded-store.js';
import { clerkId, randomToken } from './clerk-id.js';

/** A machine that obtains machine-to-machine tokens. Times are in milliseconds since the epoch. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  /** Ids of the machines that accept its tokens. */
  readonly scopedMachines: readonly string[];
  readonly createdAt: number;
}

/** Input of {@link Machines.create}. */
export interface MachineInput {
  readonly name: string;
  /** Default: a random one, `mch_…`. */
  readonly id?: string;
  /** Ids of the machines that accept its tokens. Default: none. */
  readonly scopedMachines?: readonly string[];
  /** `ak_…`. Default: a random one. */
  readonly secretKey?: string;
}

/** A machine-to-machine token. Times are in milliseconds since the epoch. */
export interface M2MToken {
  readonly id: string;
  /** The machine that the token identifies, `mch_…`. */
  readonly subject: string;
  /** Ids of the machines that accept the token. */
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>> | null;
  readonly revoked: boolean;
  readonly revocationReason: string | null;
  readonly expiration: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link Machines.createToken}. */
export interface M2MTokenInput {
  /** The machine that the token identifies, `mch_…`. */
  readonly machine: string;
  readonly claims?: Readonly<Record<string, unknown>> | null;
  /** Default: never. */
  readonly expiresInSeconds?: number;
}

/** The machines of the instance and their tokens. */
export class Machines {
  readonly #machines: BoundedStore<Machine>;
  readonly #machineIdBySecret: CredentialStore<string>;
  readonly #tokens: BoundedStore<M2MToken>;
  readonly #tokenIdBySecret: CredentialStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
  ) {
    this.#machines = new BoundedStore(max, now);
    this.#machineIdBySecret = new CredentialStore(max, now);
    this.#tokens = new BoundedStore(max, now);
    this.#tokenIdBySecret = new CredentialStore(max, now);
  }

  /** Only this method returns the secret key. */
  create(input: MachineInput): Machine & { readonly secretKey: string } {
    const { secretKey = `ak_${randomToken(40)}`, ...rest } = input;
    const machine: Machine = {
      scopedMachines: [],
      id: clerkId('mch'),
      ...rest,
      createdAt: this.now(),
    };
    this.#machines.set(machine.id, machine);
    this.#machineIdBySecret.set(secretKey, machine.id);
    return { ...machine, secretKey };
  }

  findBySecretKey(secretKey: string): Machine | undefined {
    const id = this.#machineIdBySecret.get(secretKey);
    return id === undefined ? undefined : this.#machines.get(id);
  }

  /**
   * Creates an opaque token. Only this method returns its value, `mt_…`.
   *
   * @throws EmulatorUnknownResourceError
   */
  createToken(input: M2MTokenInput): M2MToken & { readonly token: string } {
    const machine = this.#machines.get(input.machine);
    if (!machine) throw new EmulatorUnknownResourceError('machine', input.machine);
    const now = this.now();
    const stored: M2MToken = {
      id: clerkId('mt'),
      subject: machine.id,
      scopes: machine.scopedMachines,
      claims: input.claims ?? null,
      revoked: false,
      revocationReason: null,
      expiration: input.expiresInSeconds === undefined ? null : now + input.expiresInSeconds * 1000,
      createdAt: now,
      updatedAt: now,
    };
    const token = `mt_${randomToken(40)}`;
    this.#tokens.set(stored.id, stored);
    this.#tokenIdBySecret.set(token, stored.id);
    return { ...stored, token };
  }

  findToken(token: string): M2MToken | undefined {
    const id = this.#tokenIdBySecret.get(token);
    return id === undefined ? undefined : this.#tokens.get(id);
  }

  /** @throws EmulatorUnknownResourceError */
  revokeToken(id: string, reason: string | null = null): M2MToken {
    const token = this.#tokens.get(id);
    if (!token) throw new EmulatorUnknownResourceError('M2M token', id);
    const revoked: M2MToken = {
      ...token,
      revoked: true,
      revocationReason: reason,
      updatedAt: this.now(),
    };
    this.#tokens.set(id, revoked);
    return revoked;
  }

  clear(): void {
    this.#machines.clear();
    this.#machineIdBySecret.clear();
    this.#tokens.clear();
    this.#tokenIdBySecret.clear();
  }
}
