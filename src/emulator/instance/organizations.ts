import {
  EmulatorDuplicateResourceError,
  EmulatorUnknownResourceError,
} from '../emulator.errors.js';
import { BoundedStore, type ChangeSink } from './bounded-store.js';
import { clerkId } from './clerk-id.js';
import type { OrganizationRole, OrganizationRoles } from './organization-roles.js';
import type { Users } from './users.js';

/** An organization. Times are in milliseconds since the epoch. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  /** Slug of its plan; session tokens contain it in `pla`. */
  readonly plan: string;
  readonly publicMetadata: Readonly<Record<string, unknown>>;
  readonly privateMetadata: Readonly<Record<string, unknown>>;
  readonly createdBy: string | null;
  /** 0: no limit. Counts for memberships that the Backend API creates. */
  readonly maxAllowedMemberships: number;
  /** Whether an admin may delete it with the Frontend API. */
  readonly adminDeleteEnabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link Organizations.create}. */
export interface OrganizationInput {
  readonly name: string;
  /** Default: a random one, `org_…`. */
  readonly id?: string;
  /** Default: derived from the name. */
  readonly slug?: string;
  /** Default `free_org`. */
  readonly plan?: string;
  readonly publicMetadata?: Readonly<Record<string, unknown>>;
  readonly privateMetadata?: Readonly<Record<string, unknown>>;
  /** User id. */
  readonly createdBy?: string;
  /** 0: no limit. Default 5. */
  readonly maxAllowedMemberships?: number;
  /** Default `true`. */
  readonly adminDeleteEnabled?: boolean;
  /** Default: now. */
  readonly createdAt?: number;
}

/** What {@link Organizations.update} changes. */
export type OrganizationChanges = Partial<
  Omit<Organization, 'id' | 'plan' | 'createdBy' | 'updatedAt'>
>;

/** Membership of a user in an organization. Times are in milliseconds since the epoch. */
export interface OrganizationMembership {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string;
  /** With its prefix: `org:admin`. */
  readonly role: string;
  /** Custom and system permissions, `org:<feature>:<permission>`. */
  readonly permissions: readonly string[];
  readonly publicMetadata: Readonly<Record<string, unknown>>;
  readonly privateMetadata: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link Organizations.addMember}. */
export interface OrganizationMembershipInput {
  /** Id or slug. */
  readonly organization: string;
  /** Id or e-mail address. */
  readonly user: string;
  /** Default `org:member`. */
  readonly role?: string;
  /** Default: those of the role; none for a role that does not exist. */
  readonly permissions?: readonly string[];
  /** Default: unchanged; `{}` for a new member. */
  readonly publicMetadata?: Readonly<Record<string, unknown>>;
  /** Default: unchanged; `{}` for a new member. */
  readonly privateMetadata?: Readonly<Record<string, unknown>>;
}

/** A change of an organization or a membership, reported before a deletion takes effect. */
export type OrganizationChange =
  | {
      readonly type: 'organization.created' | 'organization.updated' | 'organization.deleted';
      readonly organization: Organization;
    }
  | {
      readonly type:
        | 'organizationMembership.created'
        | 'organizationMembership.updated'
        | 'organizationMembership.deleted';
      readonly membership: OrganizationMembership;
    };

/** What an organization has whose input says nothing of it. */
export const ORGANIZATION_DEFAULTS = {
  plan: 'free_org',
  publicMetadata: {},
  privateMetadata: {},
  maxAllowedMemberships: 5,
  adminDeleteEnabled: true,
};

/** The organizations of the instance and their members. */
export class Organizations {
  readonly #organizations: BoundedStore<Organization>;
  readonly #memberships: BoundedStore<OrganizationMembership>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly users: Users,
    private readonly roles: OrganizationRoles,
    private readonly changed: ChangeSink<OrganizationChange>,
  ) {
    this.#organizations = new BoundedStore(max, now);
    this.#memberships = new BoundedStore(max, now);
  }

  create(input: OrganizationInput): Organization {
    const id = input.id ?? clerkId('org');
    const slug = input.slug ?? slugOf(input.name);
    for (const name of [id, slug]) {
      if (this.find(name)) throw new EmulatorDuplicateResourceError('organization', name);
    }
    const now = this.now();
    const organization: Organization = {
      ...ORGANIZATION_DEFAULTS,
      createdBy: null,
      createdAt: now,
      ...input,
      id,
      slug,
      updatedAt: now,
    };
    this.#organizations.set(id, organization);
    this.changed({ type: 'organization.created', organization });
    return organization;
  }

  /**
   * @throws EmulatorUnknownResourceError
   * @throws EmulatorDuplicateResourceError another organization has the slug
   */
  update(idOrSlug: string, changes: OrganizationChanges): Organization {
    const known = this.get(idOrSlug);
    const other = changes.slug === undefined ? undefined : this.find(changes.slug);
    if (other && other.id !== known.id) {
      throw new EmulatorDuplicateResourceError('organization', other.slug);
    }
    const organization: Organization = { ...known, ...changes, updatedAt: this.now() };
    this.#organizations.set(known.id, organization);
    this.changed({ type: 'organization.updated', organization });
    return organization;
  }

  find(idOrSlug: string): Organization | undefined {
    return this.#organizations.get(idOrSlug) ?? this.list().find(({ slug }) => slug === idOrSlug);
  }

  /** @throws EmulatorUnknownResourceError */
  get(idOrSlug: string): Organization {
    const organization = this.find(idOrSlug);
    if (!organization) throw new EmulatorUnknownResourceError('organization', idOrSlug);
    return organization;
  }

  list(): Organization[] {
    return this.#organizations.values();
  }

  /**
   * Adds a member, or changes the role and permissions of an existing one.
   *
   * @throws EmulatorUnknownResourceError
   */
  addMember(input: OrganizationMembershipInput): OrganizationMembership {
    const organizationId = this.get(input.organization).id;
    const userId = this.users.get(input.user).id;
    const id = clerkId('orgmem', `${organizationId}:${userId}`);
    const known = this.#memberships.get(id);
    const role = input.role ?? 'org:member';
    const now = this.now();
    const membership: OrganizationMembership = {
      id,
      organizationId,
      userId,
      role,
      permissions: input.permissions ?? this.roles.permissionsOf(role),
      publicMetadata: input.publicMetadata ?? known?.publicMetadata ?? {},
      privateMetadata: input.privateMetadata ?? known?.privateMetadata ?? {},
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    };
    this.#memberships.set(membership.id, membership);
    const type =
      known === undefined ? 'organizationMembership.created' : 'organizationMembership.updated';
    this.changed({ type, membership });
    return membership;
  }

  /**
   * Does nothing when the user is not a member.
   *
   * @throws EmulatorUnknownResourceError
   */
  removeMember(organization: string, user: string): void {
    const membership = this.membership(this.get(organization).id, this.users.get(user).id);
    if (!membership) return;
    this.changed({ type: 'organizationMembership.deleted', membership });
    this.#memberships.delete(membership.id);
  }

  /** @throws EmulatorUnknownResourceError */
  delete(idOrSlug: string): void {
    const organization = this.get(idOrSlug);
    this.changed({ type: 'organization.deleted', organization });
    this.#organizations.delete(organization.id);
  }

  membership(organizationId: string, userId: string): OrganizationMembership | undefined {
    return this.#memberships.get(clerkId('orgmem', `${organizationId}:${userId}`));
  }

  membershipsOfUser(userId: string): OrganizationMembership[] {
    return this.#memberships
      .values()
      .filter((membership) => membership.userId === userId && this.find(membership.organizationId));
  }

  /** Every membership of the instance, oldest first. */
  memberships(): OrganizationMembership[] {
    return this.#memberships
      .values()
      .filter((one) => this.find(one.organizationId) && this.users.find(one.userId));
  }

  /**
   * Members follow a change of their role. One that has other permissions than the role had keeps them.
   */
  followRole(previous: OrganizationRole, role: OrganizationRole): void {
    const before = JSON.stringify(previous.permissions);
    for (const one of this.#memberships.values()) {
      if (one.role !== previous.key) continue;
      const isOwn = JSON.stringify(one.permissions) !== before;
      this.#memberships.set(one.id, {
        ...one,
        role: role.key,
        permissions: isOwn ? one.permissions : role.permissions,
      });
    }
  }

  members(organizationId: string): OrganizationMembership[] {
    return this.#memberships
      .values()
      .filter(
        (membership) =>
          membership.organizationId === organizationId && this.users.find(membership.userId),
      );
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { organizations: this.#organizations, memberships: this.#memberships };
  }

  clear(): void {
    this.#organizations.clear();
    this.#memberships.clear();
  }
}

export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
