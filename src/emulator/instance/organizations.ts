import {
  EmulatorDuplicateResourceError,
  EmulatorUnknownResourceError,
} from '../emulator.errors.js';
import { BoundedStore, type ChangeSink } from './bounded-store.js';
import { clerkId } from './clerk-id.js';
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
}

/** Membership of a user in an organization. Times are in milliseconds since the epoch. */
export interface OrganizationMembership {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string;
  /** With its prefix: `org:admin`. */
  readonly role: string;
  /** Custom and system permissions, `org:<feature>:<permission>`. */
  readonly permissions: readonly string[];
  readonly createdAt: number;
}

/** Input of {@link Organizations.addMember}. */
export interface OrganizationMembershipInput {
  /** Id or slug. */
  readonly organization: string;
  /** Id or e-mail address. */
  readonly user: string;
  /** Default `org:member`. */
  readonly role?: string;
  /** Default: the permissions of the roles `org:admin` and `org:member`; none for other roles. */
  readonly permissions?: readonly string[];
}

/** A change of an organization or a membership, reported before a deletion takes effect. */
export type OrganizationChange =
  | {
      readonly type: 'organization.created' | 'organization.deleted';
      readonly organization: Organization;
    }
  | {
      readonly type:
        | 'organizationMembership.created'
        | 'organizationMembership.updated'
        | 'organizationMembership.deleted';
      readonly membership: OrganizationMembership;
    };

/** The organizations of the instance and their members. */
export class Organizations {
  readonly #organizations: BoundedStore<Organization>;
  readonly #memberships: BoundedStore<OrganizationMembership>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly users: Users,
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
      plan: 'free_org',
      publicMetadata: {},
      privateMetadata: {},
      createdBy: null,
      ...input,
      id,
      slug,
      createdAt: now,
      updatedAt: now,
    };
    this.#organizations.set(id, organization);
    this.changed({ type: 'organization.created', organization });
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
    const role = input.role ?? 'org:member';
    const membership: OrganizationMembership = {
      id: clerkId('orgmem', `${organizationId}:${userId}`),
      organizationId,
      userId,
      role,
      permissions: input.permissions ?? ROLE_PERMISSIONS[role] ?? [],
      createdAt: this.now(),
    };
    const isNew = this.#memberships.get(membership.id) === undefined;
    this.#memberships.set(membership.id, membership);
    const type = isNew ? 'organizationMembership.created' : 'organizationMembership.updated';
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

const ROLE_PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  'org:admin': [
    'org:sys_profile:manage',
    'org:sys_profile:delete',
    'org:sys_memberships:read',
    'org:sys_memberships:manage',
    'org:notes:read',
    'org:notes:write',
  ],
  'org:member': ['org:sys_memberships:read', 'org:notes:read'],
};

export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
