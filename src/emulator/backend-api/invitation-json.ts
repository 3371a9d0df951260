import type { Invitation } from '../instance/invitations.js';
import { imageUrl } from '../tokens/user-claims.js';
import { roleName } from './organization-role-json.js';
import type { Instance } from './resource-json.js';

/** An invitation to the instance in the form of the Backend API. */
export function invitationJson(invitation: Invitation): Record<string, unknown> {
  return {
    object: 'invitation',
    id: invitation.id,
    email_address: invitation.emailAddress,
    public_metadata: invitation.publicMetadata,
    revoked: invitation.status === 'revoked',
    status: invitation.status,
    expires_at: invitation.expiresAt,
    created_at: invitation.createdAt,
    updated_at: invitation.updatedAt,
  };
}

/** An invitation to an organization in the form of the Backend API. */
export function organizationInvitationJson(
  instance: Instance,
  invitation: Invitation,
): Record<string, unknown> {
  const role = invitation.membership?.role ?? '';
  return {
    object: 'organization_invitation',
    id: invitation.id,
    email_address: invitation.emailAddress,
    role,
    role_name: roleName(instance.roles, role),
    organization_id: invitation.membership?.organizationId,
    inviter_id: invitation.inviterId,
    public_inviter_data: inviterJson(instance, invitation.inviterId),
    status: invitation.status,
    public_metadata: invitation.publicMetadata,
    private_metadata: invitation.privateMetadata,
    // The link in the e-mail, which the emulator does not send.
    url: null,
    expires_at: invitation.expiresAt,
    created_at: invitation.createdAt,
    updated_at: invitation.updatedAt,
  };
}

/** The same with the organization, for lists over several organizations. */
export function invitationWithOrganizationJson(
  instance: Instance,
  invitation: Invitation,
): Record<string, unknown> {
  const { id, name, slug } = instance.organizations.get(
    invitation.membership?.organizationId ?? '',
  );
  return {
    ...organizationInvitationJson(instance, invitation),
    public_organization_data: {
      id,
      name,
      slug,
      image_url: imageUrl(instance.url, id),
      has_image: true,
    },
  };
}

function inviterJson(instance: Instance, id: string | null): Record<string, unknown> | null {
  const inviter = id === null ? undefined : instance.users.find(id);
  if (!inviter) return null;
  return {
    user_id: inviter.id,
    first_name: inviter.firstName,
    last_name: inviter.lastName,
    image_url: imageUrl(instance.url, inviter.id),
    has_image: true,
    identifier: inviter.emailAddress,
  };
}
