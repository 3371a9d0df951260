import { EmulatorInvitationError, EmulatorUnknownResourceError } from '../emulator.errors.js';
import { BoundedStore, type ChangeSink } from './bounded-store.js';
import { clerkId } from './clerk-id.js';
import type { Organizations } from './organizations.js';
import type { Users } from './users.js';

/** Status of an invitation. */
export type InvitationStatus = 'pending' | 'accepted' | 'revoked' | 'expired';

/** An invitation to the instance or to an organization. Times are in milliseconds since the epoch. */
export interface Invitation {
  readonly id: string;
  readonly emailAddress: string;
  readonly status: InvitationStatus;
  /** The organization, and the role in it; `null` for an invitation to the instance. */
  readonly membership: { readonly organizationId: string; readonly role: string } | null;
  /** User id. */
  readonly inviterId: string | null;
  readonly publicMetadata: Readonly<Record<string, unknown>>;
  readonly privateMetadata: Readonly<Record<string, unknown>>;
  readonly redirectUrl: string | null;
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link Invitations.create}. */
export interface InvitationInput {
  readonly emailAddress: string;
  /** The organization, and the role in it. Default: an invitation to the instance. */
  readonly membership?: Invitation['membership'];
  /** User id. */
  readonly inviterId?: string | null;
  readonly publicMetadata?: Readonly<Record<string, unknown>>;
  readonly privateMetadata?: Readonly<Record<string, unknown>>;
  readonly redirectUrl?: string | null;
  /** Default 30. */
  readonly expiresInDays?: number;
}

/** A change of an invitation to an organization. */
export interface InvitationChange {
  readonly type:
    | 'organizationInvitation.created'
    | 'organizationInvitation.accepted'
    | 'organizationInvitation.revoked';
  readonly invitation: Invitation;
  /** Who accepted it. */
  readonly userId?: string;
}

/** The invitations to the instance and to its organizations. */
export class Invitations {
  readonly #invitations: BoundedStore<Invitation>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly users: Users,
    private readonly organizations: Organizations,
    private readonly changed: ChangeSink<InvitationChange>,
  ) {
    this.#invitations = new BoundedStore(max, now);
  }

  create({ expiresInDays = 30, ...input }: InvitationInput): Invitation {
    const now = this.now();
    const invitation: Invitation = {
      membership: null,
      inviterId: null,
      publicMetadata: {},
      privateMetadata: {},
      redirectUrl: null,
      ...input,
      emailAddress: input.emailAddress.toLowerCase(),
      id: clerkId(input.membership ? 'orginv' : 'inv'),
      status: 'pending',
      expiresAt: now + expiresInDays * DAY,
      createdAt: now,
      updatedAt: now,
    };
    this.#invitations.set(invitation.id, invitation);
    if (invitation.membership) this.changed({ type: 'organizationInvitation.created', invitation });
    return invitation;
  }

  find(id: string): Invitation | undefined {
    const invitation = this.#invitations.get(id);
    if (invitation?.status === 'pending' && invitation.expiresAt <= this.now()) {
      return { ...invitation, status: 'expired' };
    }
    return invitation;
  }

  /** Oldest first. */
  list(): readonly Invitation[] {
    return this.#invitations.values().flatMap(({ id }) => this.find(id) ?? []);
  }

  /**
   * What the link in the e-mail of an invitation does: the user becomes a member of the organization, or
   * gets the public metadata of an invitation to the instance.
   *
   * @param user id or e-mail address
   * @throws EmulatorUnknownResourceError no such invitation or user
   * @throws EmulatorInvitationError the invitation is not pending
   */
  accept(id: string, user: string): Invitation {
    const known = this.#pending(id);
    const { id: userId, publicMetadata: present } = this.users.get(user);
    const { membership, publicMetadata, privateMetadata } = known;
    const invitation = this.#setStatus(known, 'accepted');
    if (!membership) {
      this.users.update(userId, { publicMetadata: { ...present, ...publicMetadata } });
      return invitation;
    }
    const { organizationId: organization, role } = membership;
    this.organizations.addMember({
      organization,
      user: userId,
      role,
      publicMetadata,
      privateMetadata,
    });
    this.changed({ type: 'organizationInvitation.accepted', invitation, userId });
    return invitation;
  }

  /**
   * @throws EmulatorUnknownResourceError
   * @throws EmulatorInvitationError the invitation is not pending
   */
  revoke(id: string): Invitation {
    const invitation = this.#setStatus(this.#pending(id), 'revoked');
    if (invitation.membership) this.changed({ type: 'organizationInvitation.revoked', invitation });
    return invitation;
  }

  delete(id: string): void {
    this.#invitations.delete(id);
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { invitations: this.#invitations };
  }

  clear(): void {
    this.#invitations.clear();
  }

  #pending(id: string): Invitation {
    const invitation = this.find(id);
    if (!invitation) throw new EmulatorUnknownResourceError('invitation', id);
    if (invitation.status === 'pending') return invitation;
    throw new EmulatorInvitationError(id, invitation.status);
  }

  #setStatus(known: Invitation, status: InvitationStatus): Invitation {
    const invitation: Invitation = { ...known, status, updatedAt: this.now() };
    this.#invitations.set(known.id, invitation);
    return invitation;
  }
}

/** Milliseconds. */
const DAY = 86_400_000;
