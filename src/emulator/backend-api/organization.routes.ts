import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import { clerkId } from '../instance/clerk-id.js';
import { type Organization, type OrganizationChanges, slugOf } from '../instance/organizations.js';
import { inOrder, orderBy } from './list-order.js';
import { isoTime, mergeMetadata, metadata, METADATA_FIELDS, metadataOf } from './metadata.js';
import {
  flag,
  NO_QUERY,
  notEmulated,
  orNotFound,
  PAGE,
  pageJson,
  parseInput,
  reads,
  repeatable,
} from './request-input.js';
import { organizationJson } from './resource-json.js';
import { contains, isSelected } from './user-filters.js';

/** `/v1/organizations` */
export function organizationRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/organizations', reads(ListQuery), ({ query }) => listJson(core, query));
    app.post('/v1/organizations', NO_QUERY, ({ body }) =>
      organizationJson(core, createOrganization(core, body)),
    );
    app.get<OrganizationRoute>(ONE, reads(COUNTS), ({ params, query }) => {
      const { include_members_count } = parseInput(z.object(COUNTS), query, 'query');
      return organizationJson(core, findOrganization(core, params.idOrSlug), {
        withMembersCount: include_members_count === true,
      });
    });
    app.patch<OrganizationRoute>(ONE, NO_QUERY, ({ params, body }) => {
      const { id } = findOrganization(core, params.idOrSlug);
      const input = parseInput(UpdateBody, body);
      requireFreeSlug(core, input.slug, id);
      return organizationJson(core, core.organizations.update(id, changesOf(input)));
    });
    app.delete<OrganizationRoute>(ONE, NO_QUERY, ({ params }) => {
      const { id, slug } = findOrganization(core, params.idOrSlug);
      core.organizations.delete(id);
      return { object: 'organization', id, slug, deleted: true };
    });
    app.patch<OrganizationRoute>(`${ONE}/metadata`, NO_QUERY, ({ params, body }) => {
      const organization = findOrganization(core, params.idOrSlug);
      const changes = mergeMetadata(organization, parseInput(Metadata, body));
      return organizationJson(core, core.organizations.update(organization.id, changes));
    });
    app.put<OrganizationRoute>(`${ONE}/metadata`, NO_QUERY, ({ params, body }) => {
      const { id } = findOrganization(core, params.idOrSlug);
      const changes = metadataOf(parseInput(Metadata, body));
      return organizationJson(core, core.organizations.update(id, changes));
    });
  };
}

/** @throws ClerkApiError 404 */
export function findOrganization(core: EmulatorCore, idOrSlug: string): Organization {
  return orNotFound(core.organizations.find(idOrSlug), 'The organization');
}

interface OrganizationRoute {
  Params: { idOrSlug: string };
}

const ONE = '/v1/organizations/:idOrSlug';

const COUNTS = {
  include_members_count: flag.optional(),
  include_missing_member_with_elevated_permissions: flag
    .refine((isAsked) => !isAsked, { params: { isUnsupported: true } })
    .optional(),
};

const ListQuery = z.object({
  ...PAGE,
  ...COUNTS,
  query: z.string().optional(),
  user_id: repeatable.optional(),
  organization_id: repeatable.optional(),
  order_by: orderBy(['name', 'created_at', 'members_count'], '-created_at'),
});

function listJson(core: EmulatorCore, query: unknown): Record<string, unknown> {
  const filter = parseInput(ListQuery, query, 'query');
  const members = (id: string): readonly string[] =>
    core.organizations.members(id).map(({ userId }) => userId);
  const found = core.organizations
    .list()
    .toSorted((one, two) => one.createdAt - two.createdAt)
    .filter(
      (one) =>
        isSelected(filter.organization_id, [one.id]) &&
        (one.id === filter.query || contains([one.name, one.slug], filter.query)) &&
        (filter.user_id === undefined || isSelected(filter.user_id, members(one.id))),
    );
  const ordered = inOrder(found, filter.order_by, {
    name: (one) => one.name,
    members_count: (one) => members(one.id).length,
  });
  const withMembersCount = filter.include_members_count === true;
  return pageJson(ordered, query, (one) => organizationJson(core, one, { withMembersCount }));
}

const Metadata = z.strictObject(METADATA_FIELDS);

const name = z.string().min(1).max(256);
const FIELDS = {
  slug: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'has characters other than lower case letters, digits and dashes')
    .max(64)
    .nullish(),
  max_allowed_memberships: z.number().int().min(0).nullish(),
  created_at: isoTime.nullish(),
  role_set_key: notEmulated,
};
const CreateBody = z.strictObject({
  ...FIELDS,
  name,
  created_by: z.string().nullish(),
  public_metadata: metadata,
  private_metadata: metadata,
});
const UpdateBody = z.strictObject({
  ...FIELDS,
  name: name.nullish(),
  admin_delete_enabled: z.boolean().nullish(),
});

function createOrganization(core: EmulatorCore, body: unknown): Organization {
  const { name: given, created_by: createdBy, ...input } = parseInput(CreateBody, body);
  requireFreeSlug(core, input.slug, undefined);
  const creator = createdBy ? core.users.find(createdBy) : undefined;
  if (createdBy && !creator) throw ClerkApiError.notFound('The user in created_by');
  const slug = input.slug ?? freeSlug(core, given);
  const organization = core.organizations.create({
    ...changesOf(input),
    ...metadataOf(input),
    name: given,
    slug,
    ...(creator ? { createdBy: creator.id } : {}),
  });
  if (creator) {
    const { id } = organization;
    core.organizations.addMember({ organization: id, user: creator.id, role: 'org:admin' });
  }
  return organization;
}

function changesOf(input: Omit<z.infer<typeof UpdateBody>, 'role_set_key'>): OrganizationChanges {
  const { max_allowed_memberships: maxAllowedMemberships, created_at: createdAt } = input;
  return {
    ...(input.name ? { name: input.name } : {}),
    ...(input.slug ? { slug: input.slug } : {}),
    ...(typeof input.admin_delete_enabled === 'boolean' && {
      adminDeleteEnabled: input.admin_delete_enabled,
    }),
    ...(typeof maxAllowedMemberships === 'number' ? { maxAllowedMemberships } : {}),
    ...(typeof createdAt === 'number' ? { createdAt } : {}),
  };
}

function requireFreeSlug(
  core: EmulatorCore,
  slug: string | null | undefined,
  self: string | undefined,
): void {
  const other = slug ? core.organizations.find(slug) : undefined;
  if (!other || other.id === self) return;
  throw ClerkApiError.parameter('form_identifier_exists', 'slug', 'is taken. Please try another.');
}

/** Without a slug, Clerk derives one from the name and makes it unique with the time. */
function freeSlug(core: EmulatorCore, from: string): string {
  const slug = slugOf(from);
  const isFree = slug !== '' && !core.organizations.find(slug);
  return isFree ? slug : `${slug || 'org'}-${clerkId('s').slice(-10).toLowerCase()}`;
}
