import type { EmulatorCore } from '../emulator-core.js';
import type { Organization, OrganizationMembership } from '../instance/organizations.js';
import { imageUrl } from '../tokens/user-claims.js';

/** An organization as the Backend API writes it. */
export function organizationJson(
  core: EmulatorCore,
  organization: Organization,
): Record<string, unknown> {
  return {
    object: 'organization',
    id: organization.id,
    name: organization.name,
    slug: organization.slug,
    image_url: imageUrl(core.url, organization.id),
    has_image: true,
    members_count: core.organizations.members(organization.id).length,
    pending_invitations_count: 0,
    max_allowed_memberships: 5,
    admin_delete_enabled: true,
    public_metadata: organization.publicMetadata,
    private_metadata: organization.privateMetadata,
    ...(organization.createdBy === null ? {} : { created_by: organization.createdBy }),
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
  };
}

/** A membership as the Backend API writes it. */
export function membershipJson(
  core: EmulatorCore,
  membership: OrganizationMembership,
): Record<string, unknown> {
  const user = core.users.get(membership.userId);
  return {
    object: 'organization_membership',
    id: membership.id,
    role: membership.role,
    role_name: membership.role === 'org:admin' ? 'Admin' : 'Member',
    permissions: membership.permissions,
    public_metadata: {},
    private_metadata: {},
    created_at: membership.createdAt,
    updated_at: membership.createdAt,
    organization: organizationJson(core, core.organizations.get(membership.organizationId)),
    public_user_data: {
      user_id: user.id,
      identifier: user.emailAddress,
      first_name: user.firstName,
      last_name: user.lastName,
      image_url: imageUrl(core.url, user.id),
      has_image: true,
    },
  };
}
