import {
  EmulatorDuplicateResourceError,
  EmulatorUnknownResourceError,
} from '../emulator.errors.js';
import { BoundedStore, type ChangeSink } from './bounded-store.js';
import { clerkId } from './clerk-id.js';

/** A user of the instance. Times are in milliseconds since the epoch. */
export interface User {
  readonly id: string;
  readonly emailAddressId: string;
  readonly emailAddress: string;
  readonly emailVerified: boolean;
  /** In the form of E.164, such as `+15555550100`. */
  readonly phoneNumber: string | null;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly externalId: string | null;
  /** BCP 47 language tag. */
  readonly locale: string | null;
  readonly publicMetadata: Readonly<Record<string, unknown>>;
  readonly privateMetadata: Readonly<Record<string, unknown>>;
  readonly unsafeMetadata: Readonly<Record<string, unknown>>;
  readonly banned: boolean;
  readonly locked: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastSignInAt: number | null;
}

/** Input of {@link Users.create}. */
export interface UserInput {
  readonly emailAddress: string;
  /** Default: a random one, `user_…`. */
  readonly id?: string;
  /** Default `true`. */
  readonly emailVerified?: boolean;
  /** In the form of E.164, such as `+15555550100`. Default: none. */
  readonly phoneNumber?: string | null;
  readonly username?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly externalId?: string | null;
  /** BCP 47 language tag. Default: none. */
  readonly locale?: string | null;
  readonly publicMetadata?: Readonly<Record<string, unknown>>;
  readonly privateMetadata?: Readonly<Record<string, unknown>>;
  readonly unsafeMetadata?: Readonly<Record<string, unknown>>;
  readonly banned?: boolean;
  readonly locked?: boolean;
  /** Default: now. */
  readonly createdAt?: number;
}

/** A change of a user, reported before a deletion takes effect. */
export interface UserChange {
  readonly type: 'user.created' | 'user.updated' | 'user.deleted';
  readonly user: User;
}

/** What a user has whose input says nothing of it. */
export const USER_DEFAULTS = {
  username: null,
  firstName: null,
  lastName: null,
  externalId: null,
  phoneNumber: null,
  locale: null,
  publicMetadata: {},
  privateMetadata: {},
  unsafeMetadata: {},
  emailVerified: true,
  banned: false,
  locked: false,
};

/** The users of the instance. */
export class Users {
  readonly #users: BoundedStore<User>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly changed: ChangeSink<UserChange>,
  ) {
    this.#users = new BoundedStore(max, now);
  }

  create(input: UserInput): User {
    const id = input.id ?? clerkId('user');
    if (this.find(id)) throw new EmulatorDuplicateResourceError('user', id);
    if (this.find(input.emailAddress)) {
      throw new EmulatorDuplicateResourceError('user', input.emailAddress);
    }
    const now = this.now();
    const user: User = {
      ...USER_DEFAULTS,
      createdAt: now,
      ...input,
      id,
      emailAddressId: clerkId('idn', id),
      updatedAt: now,
      lastSignInAt: null,
    };
    this.#users.set(id, user);
    this.changed({ type: 'user.created', user });
    return user;
  }

  /** @throws EmulatorUnknownResourceError */
  update(
    idOrEmail: string,
    changes: Partial<Omit<UserInput, 'id'>> & { readonly lastSignInAt?: number },
  ): User {
    const user: User = { ...this.get(idOrEmail), ...changes, updatedAt: this.now() };
    this.#users.set(user.id, user);
    this.changed({ type: 'user.updated', user });
    return user;
  }

  find(idOrEmail: string): User | undefined {
    const wanted = idOrEmail.toLowerCase();
    return (
      this.#users.get(idOrEmail) ??
      this.list().find((user) => user.emailAddress.toLowerCase() === wanted)
    );
  }

  /** @throws EmulatorUnknownResourceError */
  get(idOrEmail: string): User {
    const user = this.find(idOrEmail);
    if (!user) throw new EmulatorUnknownResourceError('user', idOrEmail);
    return user;
  }

  /** @throws EmulatorUnknownResourceError */
  delete(idOrEmail: string): void {
    const user = this.get(idOrEmail);
    this.changed({ type: 'user.deleted', user });
    this.#users.delete(user.id);
  }

  /** In order of creation. */
  list(): User[] {
    return this.#users.values();
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { users: this.#users };
  }

  clear(): void {
    this.#users.clear();
  }
}

/** First and last name, or the one that is set; `null` without either. */
export function fullName(user: Pick<User, 'firstName' | 'lastName'>): string | null {
  return [user.firstName, user.lastName].filter(Boolean).join(' ') || null;
}
