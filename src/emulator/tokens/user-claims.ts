import type { Organization } from '../instance/organizations.js';
import { fullName, type User } from '../instance/users.js';

/** Claims about a user that the scopes allow, as the userinfo response has them. */
export function userClaims(
  user: User,
  organization: Organization | undefined,
  scopes: readonly string[],
  issuer: string,
): Record<string, unknown> {
  const claims: Record<string, unknown> = {};
  if (scopes.includes('email')) {
    claims['email'] = user.emailAddress;
    claims['email_verified'] = user.emailVerified;
  }
  if (scopes.includes('profile')) {
    claims['family_name'] = user.lastName;
    claims['given_name'] = user.firstName;
    claims['name'] = fullName(user);
    claims['preferred_username'] = user.username;
    claims['username'] = user.username;
    claims['picture'] = imageUrl(issuer, user.id);
  }
  if (scopes.includes('public_metadata')) {
    claims['public_metadata'] = user.publicMetadata;
    claims['unsafe_metadata'] = user.unsafeMetadata;
  }
  if (scopes.includes('private_metadata')) claims['private_metadata'] = user.privateMetadata;
  if (scopes.includes('user:org:read') && organization) {
    claims['org_id'] = organization.id;
    claims['org_name'] = organization.name;
    claims['org_slug'] = organization.slug;
  }
  return claims;
}

/** Those that Clerk documents for the id_token: without the user name and the name of the organization. */
export function idTokenClaims(...about: Parameters<typeof userClaims>): Record<string, unknown> {
  const claims = userClaims(...about);
  for (const name of ['username', 'org_name', 'org_slug']) delete claims[name];
  return claims;
}

/** URL of the picture of a user or organization; the emulator draws it. */
export function imageUrl(issuer: string, id: string): string {
  return `${issuer}/img/${id}.svg`;
}
