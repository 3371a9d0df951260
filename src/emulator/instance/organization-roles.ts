import {
  EmulatorDuplicateResourceError,
  EmulatorUnknownResourceError,
} from '../emulator.errors.js';
import { BoundedStore, type ChangeSink } from './bounded-store.js';
import { clerkId } from './clerk-id.js';
import { DEFAULT_PERMISSIONS, DEFAULT_ROLES } from './default-roles.js';

/** A permission in the organizations of the instance. Times are in milliseconds since the epoch. */
export interface OrganizationPermission {
  readonly id: string;
  readonly name: string;
  /** `org:<feature>:<permission>`. Those of Clerk itself, `org:sys_…`, never change. */
  readonly key: string;
  readonly description: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link OrganizationRoles.definePermission}. */
export interface OrganizationPermissionInput {
  /** `org:<feature>:<permission>`. */
  readonly key: string;
  /** Default: made from the key. */
  readonly name?: string;
  /** Default: empty. */
  readonly description?: string;
}

/** A role in the organizations of the instance. Times are in milliseconds since the epoch. */
export interface OrganizationRole {
  readonly id: string;
  readonly name: string;
  /** `org:<role>`. */
  readonly key: string;
  readonly description: string | null;
  /** Keys of its permissions. */
  readonly permissions: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link OrganizationRoles.define}. */
export interface OrganizationRoleInput {
  /** `org:<role>`. */
  readonly key: string;
  /** Default: made from the key. */
  readonly name?: string;
  readonly description?: string | null;
  /** Keys of its permissions; those that do not exist are created. Default: none. */
  readonly permissions?: readonly string[];
}

/** A change of a role or a permission, reported before a deletion takes effect. */
export type OrganizationRoleChange =
  | {
      readonly type: 'role.created' | 'role.updated' | 'role.deleted';
      readonly role: OrganizationRole;
      /** The role before an update. */
      readonly previous?: OrganizationRole;
    }
  | {
      readonly type: 'permission.created' | 'permission.updated' | 'permission.deleted';
      readonly permission: OrganizationPermission;
    };

/** The roles of organizations and their permissions. A new instance has the roles of Clerk. */
export class OrganizationRoles {
  readonly #roles: BoundedStore<OrganizationRole>;
  readonly #permissions: BoundedStore<OrganizationPermission>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly changed: ChangeSink<OrganizationRoleChange>,
  ) {
    this.#roles = new BoundedStore(max + DEFAULT_ROLES.length, now);
    this.#permissions = new BoundedStore(max + DEFAULT_PERMISSIONS.length, now);
    this.#addDefaults();
  }

  /** Oldest first. */
  list(): readonly OrganizationRole[] {
    return this.#roles.values();
  }

  find(idOrKey: string): OrganizationRole | undefined {
    return this.#roles.get(idOrKey) ?? this.list().find(({ key }) => key === idOrKey);
  }

  /** @throws EmulatorUnknownResourceError */
  get(idOrKey: string): OrganizationRole {
    const role = this.find(idOrKey);
    if (!role) throw new EmulatorUnknownResourceError('role', idOrKey);
    return role;
  }

  /** The keys of the permissions of a role; none for a role that does not exist. */
  permissionsOf(key: string): readonly string[] {
    return this.find(key)?.permissions ?? [];
  }

  /**
   * Creates a role, or changes what is given of the role with this key.
   *
   * @example
   * ```ts
   * emulator.roles.define({ key: 'org:weaver', permissions: ['org:looms:use'] });
   * ```
   */
  define({ key, ...input }: OrganizationRoleInput): OrganizationRole {
    for (const permission of input.permissions ?? []) {
      if (!this.findPermission(permission)) this.definePermission({ key: permission });
    }
    const known = this.find(key);
    if (known) return this.update(known.id, input);
    const role = this.#create({ key, ...input });
    this.changed({ type: 'role.created', role });
    return role;
  }

  /**
   * @throws EmulatorUnknownResourceError
   * @throws EmulatorDuplicateResourceError another role has the key
   */
  update(
    idOrKey: string,
    changes: Partial<Pick<OrganizationRole, 'name' | 'key' | 'description' | 'permissions'>>,
  ): OrganizationRole {
    const previous = this.get(idOrKey);
    const other = changes.key === undefined ? undefined : this.find(changes.key);
    if (other && other.id !== previous.id) {
      throw new EmulatorDuplicateResourceError('role', other.key);
    }
    const role: OrganizationRole = { ...previous, ...changes, updatedAt: this.now() };
    this.#roles.set(role.id, role);
    this.changed({ type: 'role.updated', role, previous });
    return role;
  }

  /**
   * Members with the role keep its name and permissions.
   *
   * @throws EmulatorUnknownResourceError
   */
  delete(idOrKey: string): void {
    const role = this.get(idOrKey);
    this.changed({ type: 'role.deleted', role });
    this.#roles.delete(role.id);
  }

  /** Oldest first. */
  listPermissions(): readonly OrganizationPermission[] {
    return this.#permissions.values();
  }

  findPermission(idOrKey: string): OrganizationPermission | undefined {
    return (
      this.#permissions.get(idOrKey) ?? this.listPermissions().find(({ key }) => key === idOrKey)
    );
  }

  /** Creates a permission, or changes what is given of the permission with this key. */
  definePermission({ key, ...input }: OrganizationPermissionInput): OrganizationPermission {
    const known = this.findPermission(key);
    if (known) return this.updatePermission(known.id, input);
    const permission = this.#createPermission({ key, ...input });
    this.changed({ type: 'permission.created', permission });
    return permission;
  }

  /**
   * Roles that have the permission follow a new key.
   *
   * @throws EmulatorUnknownResourceError
   * @throws EmulatorDuplicateResourceError another permission has the key
   */
  updatePermission(
    idOrKey: string,
    changes: Partial<Pick<OrganizationPermission, 'name' | 'key' | 'description'>>,
  ): OrganizationPermission {
    const known = this.#getPermission(idOrKey);
    const other = changes.key === undefined ? undefined : this.findPermission(changes.key);
    if (other && other.id !== known.id) {
      throw new EmulatorDuplicateResourceError('permission', other.key);
    }
    const permission: OrganizationPermission = { ...known, ...changes, updatedAt: this.now() };
    this.#permissions.set(permission.id, permission);
    this.changed({ type: 'permission.updated', permission });
    if (permission.key !== known.key) {
      this.#replaceInRoles(known.key, [permission.key]);
    }
    return permission;
  }

  /**
   * Takes the permission from every role as well.
   *
   * @throws EmulatorUnknownResourceError
   */
  deletePermission(idOrKey: string): void {
    const permission = this.#getPermission(idOrKey);
    this.changed({ type: 'permission.deleted', permission });
    this.#permissions.delete(permission.id);
    this.#replaceInRoles(permission.key, []);
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { roles: this.#roles, permissions: this.#permissions };
  }

  /** Restores the roles and permissions of a new instance. */
  clear(): void {
    this.#roles.clear();
    this.#permissions.clear();
    this.#addDefaults();
  }

  #create({ key, name, description, permissions }: OrganizationRoleInput): OrganizationRole {
    const now = this.now();
    const id = clerkId('role', key);
    const role: OrganizationRole = {
      // Ids derived from keys stay the same after a restart; a role that had the key may have this one.
      id: this.#roles.get(id) ? clerkId('role') : id,
      key,
      name: name ?? nameOf(key),
      description: description ?? null,
      permissions: permissions ?? [],
      createdAt: now,
      updatedAt: now,
    };
    this.#roles.set(role.id, role);
    return role;
  }

  #createPermission({
    key,
    name,
    description,
  }: OrganizationPermissionInput): OrganizationPermission {
    const now = this.now();
    const id = clerkId('perm', key);
    const permission: OrganizationPermission = {
      id: this.#permissions.get(id) ? clerkId('perm') : id,
      key,
      name: name ?? nameOf(key),
      description: description ?? '',
      createdAt: now,
      updatedAt: now,
    };
    this.#permissions.set(permission.id, permission);
    return permission;
  }

  #getPermission(idOrKey: string): OrganizationPermission {
    const permission = this.findPermission(idOrKey);
    if (!permission) throw new EmulatorUnknownResourceError('permission', idOrKey);
    return permission;
  }

  #replaceInRoles(key: string, by: readonly string[]): void {
    for (const { id, permissions } of this.list()) {
      if (!permissions.includes(key)) continue;
      this.update(id, { permissions: permissions.flatMap((one) => (one === key ? by : [one])) });
    }
  }

  #addDefaults(): void {
    for (const permission of DEFAULT_PERMISSIONS) this.#createPermission(permission);
    for (const role of DEFAULT_ROLES) this.#create(role);
  }
}

/** `org:looms:use` becomes `Looms use`. */
function nameOf(key: string): string {
  const words = key.replace(/^org:/, '').replace(/[:_]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
