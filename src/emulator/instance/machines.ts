import {
  EmulatorDuplicateResourceError,
  EmulatorUnknownResourceError,
} from '../emulator.errors.js';
import { BoundedStore, CredentialStore } from './bounded-store.js';
import { clerkId, randomToken } from './clerk-id.js';
import { type M2MToken, type M2MTokenInput, M2MTokens } from './m2m-tokens.js';

/** A machine that obtains machine-to-machine tokens. Times are in milliseconds since the epoch. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  /** Ids of the machines that accept its tokens. */
  readonly scopedMachines: readonly string[];
  /** Lifetime of its tokens, in seconds, unless they are created with another one. */
  readonly defaultTokenLifetime: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link Machines.create}. */
export interface MachineInput {
  readonly name: string;
  /** Default: a random one, `mch_…`. */
  readonly id?: string;
  /** Ids of the machines that accept its tokens. Default: none. */
  readonly scopedMachines?: readonly string[];
  /** Lifetime of its tokens, in seconds. Default 3 600 (an hour). */
  readonly defaultTokenLifetime?: number;
  /** `ak_…`. Default: a random one. */
  readonly secretKey?: string;
}

/** The machines of the instance and their tokens. */
export class Machines {
  /** The opaque tokens. JWTs are not kept. */
  readonly tokens: M2MTokens;
  readonly #machines: BoundedStore<StoredMachine>;
  readonly #machineIdBySecret: CredentialStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
  ) {
    this.#machines = new BoundedStore(max, now);
    this.#machineIdBySecret = new CredentialStore(max, now);
    this.tokens = new M2MTokens(max, now, (id) => this.find(id));
  }

  create(input: MachineInput): Machine & { readonly secretKey: string } {
    const now = this.now();
    const id = input.id ?? clerkId('mch');
    if (this.#machines.get(id)) throw new EmulatorDuplicateResourceError('machine', id);
    const machine: StoredMachine = {
      scopedMachines: [],
      defaultTokenLifetime: 3_600,
      secretKey: newSecretKey(),
      ...input,
      id,
      createdAt: now,
      updatedAt: now,
    };
    this.#machines.set(id, machine);
    this.#machineIdBySecret.set(machine.secretKey, id);
    return machine;
  }

  find(id: string): Machine | undefined {
    const stored = this.#machines.get(id);
    return stored && withoutSecretKey(stored);
  }

  /** @throws EmulatorUnknownResourceError */
  get(id: string): Machine {
    return withoutSecretKey(this.#get(id));
  }

  findBySecretKey(secretKey: string): Machine | undefined {
    const id = this.#machineIdBySecret.get(secretKey);
    return id === undefined ? undefined : this.find(id);
  }

  /** Oldest first. */
  list(): Machine[] {
    return this.#machines.values().map(withoutSecretKey);
  }

  /** @throws EmulatorUnknownResourceError */
  update(
    id: string,
    changes: Partial<Pick<Machine, 'name' | 'defaultTokenLifetime' | 'scopedMachines'>>,
  ): Machine {
    return withoutSecretKey(this.#change(id, changes));
  }

  /** @throws EmulatorUnknownResourceError */
  secretKey(id: string): string {
    return this.#get(id).secretKey;
  }

  /**
   * Replaces the secret key, and returns the new one.
   *
   * @param previousLifetime how long the previous key stays valid, in seconds. Default `0`
   * @throws EmulatorUnknownResourceError
   */
  rotateSecretKey(id: string, previousLifetime = 0): string {
    this.#machineIdBySecret.set(this.#get(id).secretKey, id, previousLifetime);
    const { secretKey } = this.#change(id, { secretKey: newSecretKey() });
    this.#machineIdBySecret.set(secretKey, id);
    return secretKey;
  }

  /**
   * Deletes the machine. Other machines lose the access to it; its key and its tokens become unknown.
   *
   * @throws EmulatorUnknownResourceError
   */
  delete(id: string): void {
    this.#machineIdBySecret.delete(this.#get(id).secretKey);
    this.#machines.delete(id);
    for (const other of this.#machines.values()) {
      if (!other.scopedMachines.includes(id)) continue;
      const scopedMachines = other.scopedMachines.filter((scoped) => scoped !== id);
      this.#machines.set(other.id, { ...other, scopedMachines });
    }
  }

  /**
   * Creates an opaque token. Only this method returns its value, `mt_…`.
   *
   * @throws EmulatorUnknownResourceError
   */
  createToken(input: M2MTokenInput): M2MToken & { readonly token: string } {
    return this.tokens.create(this.get(input.machine), input);
  }

  /** @throws EmulatorUnknownResourceError */
  revokeToken(id: string, reason: string | null = null): M2MToken {
    return this.tokens.revoke(id, reason);
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return {
      machines: this.#machines,
      machineIdBySecret: this.#machineIdBySecret,
      ...this.tokens.tables,
    };
  }

  clear(): void {
    this.#machines.clear();
    this.#machineIdBySecret.clear();
    this.tokens.clear();
  }

  #change(id: string, changes: Partial<StoredMachine>): StoredMachine {
    const changed: StoredMachine = { ...this.#get(id), ...changes, updatedAt: this.now() };
    this.#machines.set(id, changed);
    return changed;
  }

  #get(id: string): StoredMachine {
    const machine = this.#machines.get(id);
    if (!machine) throw new EmulatorUnknownResourceError('machine', id);
    return machine;
  }
}

/** Clerk returns the secret key of a machine at any time, so the key is kept. */
interface StoredMachine extends Machine {
  readonly secretKey: string;
}

function withoutSecretKey({ secretKey: _secretKey, ...machine }: StoredMachine): Machine {
  return machine;
}

function newSecretKey(): string {
  return `ak_${randomToken(40)}`;
}
