import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { OrganizationMembership } from '../instance/organizations.js';
import { inOrder, type ListOrder, orderBy } from './list-order.js';
import { mergeMetadata, metadata, METADATA_FIELDS, metadataOf } from './metadata.js';
import { findOrganization } from './organization.routes.js';
import {
  NO_QUERY,
  orNotFound,
  PAGE,
  pageJson,
  parseInput,
  reads,
  repeatable,
  time,
} from './request-input.js';
import { membershipJson } from './resource-json.js';
import { isBetween, isPerson, PERSON_FILTERS } from './user-filters.js';

/** `/v1/organizations/{organization_id}/memberships` and `/v1/organization_memberships` */
export function membershipRoutes(core: EmulatorCore): FastifyPluginAsync {
  const json = (one: OrganizationMembership): Record<string, unknown> => membershipJson(core, one);
  return async (app) => {
    app.get('/v1/organization_memberships', reads(InstanceQuery), ({ query }) => {
      const { order_by } = parseInput(InstanceQuery, query, 'query');
      return pageJson(ordered(core, core.organizations.memberships(), order_by), query, json);
    });
    app.get<{ Params: { idOrSlug: string } }>(ALL, reads(ListQuery), ({ params, query }) => {
      const { id } = findOrganization(core, params.idOrSlug);
      const filter = parseInput(ListQuery, query, 'query');
      const found = core.organizations
        .members(id)
        .filter(
          (one) =>
            isPerson(core.users.get(one.userId), filter) &&
            (filter.role?.includes(one.role) ?? true) &&
            isBetween(one.createdAt, filter.created_at_after, filter.created_at_before),
        );
      return pageJson(ordered(core, found, filter.order_by), query, json);
    });
    app.post<{ Params: { idOrSlug: string } }>(ALL, NO_QUERY, ({ params, body }) =>
      json(createMembership(core, params.idOrSlug, body)),
    );
    app.patch<MembershipRoute>(ONE, NO_QUERY, ({ params, body }) => {
      const { organizationId: organization, userId: user } = findMembership(core, params);
      const { role } = parseInput(z.strictObject({ role: z.string() }), body);
      requireRole(core, role);
      return json(core.organizations.addMember({ organization, user, role }));
    });
    app.patch<MembershipRoute>(`${ONE}/metadata`, NO_QUERY, ({ params, body }) => {
      const known = findMembership(core, params);
      const { organizationId: organization, userId: user, role, permissions } = known;
      const changes = mergeMetadata(known, parseInput(Metadata, body));
      return json(
        core.organizations.addMember({ organization, user, role, permissions, ...changes }),
      );
    });
    app.delete<MembershipRoute>(ONE, NO_QUERY, ({ params }) => {
      const membership = findMembership(core, params);
      const deleted = json(membership);
      core.organizations.removeMember(membership.organizationId, membership.userId);
      return deleted;
    });
  };
}

/** @throws ClerkApiError 422 when no role has the key */
export function requireRole(core: EmulatorCore, key: string): void {
  const keys = core.roles.list().map((role) => role.key);
  if (keys.includes(key)) return;
  throw ClerkApiError.parameter(
    'form_param_value_invalid',
    'role',
    `${JSON.stringify(key)} does not match the allowed values. You can use one of the following: ${keys.join(', ')}`,
  );
}

/**
 * Open invitations count as members.
 *
 * @throws ClerkApiError 403 when the organization may not have so many more
 */
export function requireRoom(core: EmulatorCore, organizationId: string, added: number): void {
  const { maxAllowedMemberships: max } = core.organizations.get(organizationId);
  const invited = core.invitations
    .list()
    .filter((one) => one.status === 'pending' && one.membership?.organizationId === organizationId);
  const taken = core.organizations.members(organizationId).length + invited.length;
  if (max === 0 || taken + added <= max) return;
  throw new ClerkApiError(
    403,
    'organization_membership_quota_exceeded',
    `The organization may have ${max} members, open invitations included. Raise its max_allowed_memberships; 0 is no limit.`,
  );
}

const ALL = '/v1/organizations/:idOrSlug/memberships';
const ONE = `${ALL}/:userId` as const;

interface MembershipRoute {
  Params: { idOrSlug: string; userId: string };
}

const ORDER_FIELDS = [
  'phone_number',
  'email_address',
  'created_at',
  'first_name',
  'last_name',
  'username',
] as const;
const InstanceQuery = z.object({ ...PAGE, order_by: orderBy(ORDER_FIELDS, '-created_at') });
const ListQuery = z.object({
  ...PAGE,
  ...PERSON_FILTERS,
  role: repeatable.optional(),
  created_at_before: time.optional(),
  created_at_after: time.optional(),
  order_by: orderBy(ORDER_FIELDS, '-created_at'),
});

function ordered(
  core: EmulatorCore,
  memberships: readonly OrganizationMembership[],
  order: ListOrder<(typeof ORDER_FIELDS)[number]>,
): readonly OrganizationMembership[] {
  const user = ({ userId }: OrganizationMembership) => core.users.get(userId);
  return inOrder(memberships, order, {
    phone_number: (one) => user(one).phoneNumber,
    email_address: (one) => user(one).emailAddress,
    first_name: (one) => user(one).firstName,
    last_name: (one) => user(one).lastName,
    username: (one) => user(one).username,
  });
}

const Metadata = z.strictObject(METADATA_FIELDS);
const CreateBody = z.strictObject({
  user_id: z.string(),
  role: z.string(),
  public_metadata: metadata,
  private_metadata: metadata,
});

function createMembership(
  core: EmulatorCore,
  idOrSlug: string,
  body: unknown,
): OrganizationMembership {
  const { id } = findOrganization(core, idOrSlug);
  const { user_id, role, ...input } = parseInput(CreateBody, body);
  const isId = user_id.startsWith('user_');
  const user = orNotFound(isId ? core.users.find(user_id) : undefined, 'The user');
  requireRole(core, role);
  if (core.organizations.membership(id, user.id)) {
    throw new ClerkApiError(
      400,
      'already_a_member_in_organization',
      `${user.id} is already a member of the organization.`,
    );
  }
  requireRoom(core, id, 1);
  return core.organizations.addMember({
    organization: id,
    user: user.id,
    role,
    ...metadataOf(input),
  });
}

function findMembership(
  core: EmulatorCore,
  { idOrSlug, userId }: MembershipRoute['Params'],
): OrganizationMembership {
  const { id } = findOrganization(core, idOrSlug);
  return orNotFound(core.organizations.membership(id, userId), 'The membership');
}
