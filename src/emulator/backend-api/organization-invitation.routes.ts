import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { Invitation } from '../instance/invitations.js';
import { invitationWithOrganizationJson, organizationInvitationJson } from './invitation-json.js';
import {
  hasStatus,
  INVITATION_FIELDS,
  invitationStatus,
  isTo,
  MAX_INVITATIONS,
  revokeInvitation,
} from './invitation-input.js';
import { inOrder, type ListOrder, orderBy } from './list-order.js';
import { requireRole, requireRoom } from './membership.routes.js';
import { METADATA_FIELDS, metadataOf } from './metadata.js';
import { findOrganization } from './organization.routes.js';
import { NO_QUERY, orNotFound, PAGE, pageJson, parseInput, reads } from './request-input.js';
import { contains } from './user-filters.js';
import { findUser } from './user-input.js';

/**
 * `/v1/organizations/{organization_id}/invitations`, `/v1/organization_invitations` and
 * `/v1/users/{user_id}/organization_invitations`
 */
export function organizationInvitationRoutes(core: EmulatorCore): FastifyPluginAsync {
  const json = (one: Invitation): Record<string, unknown> => organizationInvitationJson(core, one);
  return async (app) => {
    app.get('/v1/organization_invitations', reads(InstanceQuery), ({ query }) => {
      const filter = parseInput(InstanceQuery, query, 'query');
      const found = toOrganizations(core)
        .filter((one) => hasStatus(one, filter.status))
        .filter((one) => contains([one.emailAddress], filter.query));
      return pageJson(ordered(found, filter.order_by), query, (one) =>
        invitationWithOrganizationJson(core, one),
      );
    });
    app.get<{ Params: { id: string } }>(
      '/v1/users/:id/organization_invitations',
      reads(UserQuery),
      ({ params, query }) => {
        const { emailAddress } = findUser(core, params.id);
        const { status } = parseInput(UserQuery, query, 'query');
        const found = toOrganizations(core)
          .filter((one) => isTo(one, emailAddress))
          .filter((one) => hasStatus(one, status));
        return pageJson(found.toReversed(), query, (one) =>
          invitationWithOrganizationJson(core, one),
        );
      },
    );
    app.get<OrganizationRoute>(ALL, reads(ListQuery), ({ params, query }) => {
      const filter = parseInput(ListQuery, query, 'query');
      const { email_address: email } = filter;
      const found = invitationsTo(core, params)
        .filter((one) => hasStatus(one, filter.status))
        .filter((one) => email === undefined || isTo(one, email));
      return pageJson(ordered(found, filter.order_by), query, json);
    });
    app.get<OrganizationRoute>(`${ALL}/pending`, reads(PAGE), ({ params, query }) => {
      const found = invitationsTo(core, params).filter(({ status }) => status === 'pending');
      return pageJson(found.toReversed(), query, json);
    });
    app.post<OrganizationRoute>(ALL, NO_QUERY, ({ params, body }) => {
      const { id } = findOrganization(core, params.idOrSlug);
      const input = parseInput(Body, body);
      requireInvitable(core, id, [input]);
      return json(inviteTo(core, id, input));
    });
    app.post<OrganizationRoute>(`${ALL}/bulk`, NO_QUERY, ({ params, body }) => {
      const { id } = findOrganization(core, params.idOrSlug);
      const inputs = parseInput(z.array(Body).min(1).max(MAX_INVITATIONS), body);
      requireInvitable(core, id, inputs);
      const created = inputs.map((input) => inviteTo(core, id, input));
      return { data: created.map(json), total_count: created.length };
    });
    app.get<InvitationRoute>(`${ALL}/:id`, NO_QUERY, ({ params }) => json(findIn(core, params)));
    app.post<InvitationRoute>(`${ALL}/:id/revoke`, NO_QUERY, ({ params, body }) => {
      const invitation = findIn(core, params);
      const { requesting_user_id: requester } = parseInput(RevokeBody, body);
      if (requester) requireAdministrator(core, params.idOrSlug, requester, 'requesting_user_id');
      return json(revokeInvitation(core, invitation));
    });
  };
}

const ALL = '/v1/organizations/:idOrSlug/invitations';

interface OrganizationRoute {
  Params: { idOrSlug: string };
}
interface InvitationRoute {
  Params: { idOrSlug: string; id: string };
}

const order = orderBy(['created_at', 'email_address'], '-created_at');
const InstanceQuery = z.object({
  ...PAGE,
  status: invitationStatus,
  query: z.string().optional(),
  order_by: order,
});
const UserQuery = z.object({ ...PAGE, status: invitationStatus });
const ListQuery = z.object({
  ...PAGE,
  status: invitationStatus,
  email_address: z.string().optional(),
  order_by: order,
});
const RevokeBody = z.strictObject({ requesting_user_id: z.string().nullish() });
const Body = z.strictObject({
  ...INVITATION_FIELDS,
  ...METADATA_FIELDS,
  role: z.string(),
  inviter_user_id: z.string().nullish(),
});

function ordered(
  found: readonly Invitation[],
  by: ListOrder<'created_at' | 'email_address'>,
): readonly Invitation[] {
  return inOrder(found, by, { email_address: (one) => one.emailAddress });
}

/** The invitations to organizations that exist, oldest first. */
function toOrganizations(core: EmulatorCore): readonly Invitation[] {
  return core.invitations
    .list()
    .filter((one) => core.organizations.find(one.membership?.organizationId ?? ''));
}

/** Oldest first. */
function invitationsTo(
  core: EmulatorCore,
  { idOrSlug }: OrganizationRoute['Params'],
): readonly Invitation[] {
  const { id } = findOrganization(core, idOrSlug);
  return core.invitations.list().filter((one) => one.membership?.organizationId === id);
}

function findIn(core: EmulatorCore, params: InvitationRoute['Params']): Invitation {
  const found = invitationsTo(core, params).find((one) => one.id === params.id);
  return orNotFound(found, 'The invitation');
}

type Input = z.infer<typeof Body>;

/** Refuses all of them when one is refused. */
function requireInvitable(core: EmulatorCore, id: string, inputs: readonly Input[]): void {
  const pending = invitationsTo(core, { idOrSlug: id }).filter(
    ({ status }) => status === 'pending',
  );
  for (const input of inputs) {
    const { email_address: email, inviter_user_id: inviter, role } = input;
    requireRole(core, role);
    if (inviter) requireAdministrator(core, id, inviter, 'inviter_user_id');
    const user = core.users.find(email);
    if (user && core.organizations.membership(id, user.id)) {
      throw new ClerkApiError(
        400,
        'already_a_member_in_organization',
        `${email} is already a member of the organization.`,
      );
    }
    const isTwice = inputs.some(
      (one) => one !== input && one.email_address.toLowerCase() === email.toLowerCase(),
    );
    if (isTwice || pending.some((one) => isTo(one, email))) {
      throw new ClerkApiError(400, 'duplicate_record', `${email} already has an invitation.`);
    }
  }
  requireRoom(core, id, inputs.length);
}

/** Who invites or revokes has to be an administrator of the organization. */
function requireAdministrator(
  core: EmulatorCore,
  idOrSlug: string,
  user: string,
  parameter: string,
): void {
  const { id } = findOrganization(core, idOrSlug);
  const { id: userId } = orNotFound(core.users.find(user), `The user in ${parameter}`);
  const permissions = core.organizations.membership(id, userId)?.permissions ?? [];
  if (permissions.includes('org:sys_memberships:manage')) return;
  throw new ClerkApiError(
    403,
    'authorization_invalid',
    `${userId} may not manage the members of the organization. Name one of its administrators in ${parameter}.`,
  );
}

function inviteTo(core: EmulatorCore, organizationId: string, input: Input): Invitation {
  const { email_address: emailAddress, role } = input;
  return core.invitations.create({
    emailAddress,
    membership: { organizationId, role },
    inviterId: input.inviter_user_id ?? null,
    redirectUrl: input.redirect_url ?? null,
    ...metadataOf(input),
    ...(input.expires_in_days && { expiresInDays: input.expires_in_days }),
  });
}
