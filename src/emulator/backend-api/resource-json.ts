import { clerkId } from '../instance/clerk-id.js';
import type { ExternalAccount } from '../instance/external-accounts.js';
import type { OrganizationRoles } from '../instance/organization-roles.js';
import type {
  Organization,
  OrganizationMembership,
  Organizations,
} from '../instance/organizations.js';
import type { Session } from '../instance/sessions.js';
import type { User, Users } from '../instance/users.js';
import { imageUrl } from '../tokens/user-claims.js';
import { roleName } from './organization-role-json.js';

/** A user in the form of the Backend API. */
export function userJson(instance: Instance, user: User): Record<string, unknown> {
  return {
    id: user.id,
    object: 'user',
    username: user.username,
    first_name: user.firstName,
    last_name: user.lastName,
    image_url: imageUrl(instance.url, user.id),
    profile_image_url: imageUrl(instance.url, user.id),
    has_image: true,
    primary_email_address_id: user.emailAddressId,
    primary_phone_number_id: user.phoneNumber === null ? null : phoneNumberId(user),
    primary_web3_wallet_id: null,
    password_enabled: false,
    two_factor_enabled: false,
    totp_enabled: false,
    backup_code_enabled: false,
    mfa_enabled_at: null,
    mfa_disabled_at: null,
    email_addresses: [emailAddressJson(user)],
    phone_numbers: user.phoneNumber === null ? [] : [phoneNumberJson(user, user.phoneNumber)],
    web3_wallets: [],
    passkeys: [],
    organization_memberships: instance.organizations
      .membershipsOfUser(user.id)
      .map((membership) => membershipJson(instance, membership)),
    external_accounts: [],
    saml_accounts: [],
    enterprise_accounts: [],
    password_last_updated_at: null,
    public_metadata: user.publicMetadata,
    private_metadata: user.privateMetadata,
    unsafe_metadata: user.unsafeMetadata,
    external_id: user.externalId,
    last_sign_in_at: user.lastSignInAt,
    banned: user.banned,
    locked: user.locked,
    deprovisioned: false,
    lockout_expires_in_seconds: null,
    verification_attempts_remaining: 100,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
    last_active_at: user.lastSignInAt,
    create_organization_enabled: true,
    create_organizations_limit: null,
    delete_self_enabled: true,
    legal_accepted_at: null,
    locale: user.locale,
  };
}

/** An e-mail address in the form of the Backend API. */
export function emailAddressJson(user: User): Record<string, unknown> {
  return {
    id: user.emailAddressId,
    object: 'email_address',
    email_address: user.emailAddress,
    reserved: false,
    verification: user.emailVerified ? VERIFIED : null,
    // @clerk/backend fails to read the address without this field.
    linked_to: [],
    matches_sso_connection: false,
    created_at: user.createdAt,
    updated_at: user.createdAt,
  };
}

/** A phone number in the form of the Backend API. */
export function phoneNumberJson(user: User, phoneNumber: string): Record<string, unknown> {
  return {
    id: phoneNumberId(user),
    object: 'phone_number',
    phone_number: phoneNumber,
    reserved_for_second_factor: false,
    default_second_factor: false,
    reserved: false,
    verification: VERIFIED,
    linked_to: [],
    created_at: user.createdAt,
    updated_at: user.createdAt,
  };
}

export function phoneNumberId(user: User): string {
  return clerkId('idn', `${user.id}:phone`);
}

const VERIFIED = {
  object: 'verification_admin',
  status: 'verified',
  strategy: 'admin',
  attempts: null,
  expire_at: null,
};

/** The token of a connected account in the form of the Backend API. */
export function externalAccountTokenJson(account: ExternalAccount): Record<string, unknown> {
  const { id, expiresAt } = account;
  return {
    object: 'oauth_access_token',
    external_account_id: id,
    provider_user_id: account.providerUserId,
    token: account.token,
    // In seconds.
    expires_at: expiresAt === null ? null : Math.floor(expiresAt / 1_000),
    provider: `oauth_${account.provider}`,
    public_metadata: {},
    label: account.label,
    scopes: account.scopes,
  };
}

/** A session in the form of the Backend API. */
export function sessionJson(session: Session): Record<string, unknown> {
  return {
    object: 'session',
    id: session.id,
    client_id: session.clientId,
    user_id: session.userId,
    status: session.status,
    actor: session.actor,
    last_active_organization_id: session.organizationId,
    last_active_at: session.updatedAt,
    expire_at: session.expireAt,
    abandon_at: session.expireAt,
    created_at: session.createdAt,
    updated_at: session.updatedAt,
  };
}

/** An organization in the form of the Backend API. */
export function organizationJson(
  instance: Instance,
  organization: Organization,
  { withMembersCount = false }: { readonly withMembersCount?: boolean } = {},
): Record<string, unknown> {
  return {
    object: 'organization',
    id: organization.id,
    name: organization.name,
    slug: organization.slug,
    image_url: imageUrl(instance.url, organization.id),
    has_image: true,
    ...(withMembersCount && {
      members_count: instance.organizations.members(organization.id).length,
    }),
    max_allowed_memberships: organization.maxAllowedMemberships,
    admin_delete_enabled: organization.adminDeleteEnabled,
    public_metadata: organization.publicMetadata,
    private_metadata: organization.privateMetadata,
    ...(organization.createdBy === null ? {} : { created_by: organization.createdBy }),
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
  };
}

/** A membership in the form of the Backend API. */
export function membershipJson(
  instance: Instance,
  membership: OrganizationMembership,
): Record<string, unknown> {
  const user = instance.users.get(membership.userId);
  return {
    object: 'organization_membership',
    id: membership.id,
    role: membership.role,
    role_name: roleName(instance.roles, membership.role),
    permissions: membership.permissions,
    public_metadata: membership.publicMetadata,
    private_metadata: membership.privateMetadata,
    created_at: membership.createdAt,
    updated_at: membership.updatedAt,
    organization: organizationJson(instance, instance.organizations.get(membership.organizationId)),
    public_user_data: {
      user_id: user.id,
      identifier: user.emailAddress,
      first_name: user.firstName,
      last_name: user.lastName,
      image_url: imageUrl(instance.url, user.id),
      profile_image_url: imageUrl(instance.url, user.id),
      has_image: true,
      username: user.username,
      banned: user.banned,
    },
  };
}

/** What the JSON of resources with references to others is made from. */
export interface Instance {
  readonly url: string;
  readonly users: Users;
  readonly organizations: Organizations;
  readonly roles: OrganizationRoles;
}
