import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import type { Organization, OrganizationMembership } from '../instance/organizations.js';
import { ClerkApiError } from '../emulator.errors.js';
import { membershipJson, organizationJson } from './resource-json.js';
import { page, parseQuery } from './request-input.js';

/** `/v1/organizations` */
export function organizationRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/organizations', (request) => {
      const organizations = core.organizations.list();
      return {
        data: page(organizations, request.query).map((one) => organizationJson(core, one)),
        total_count: organizations.length,
      };
    });
    app.get<{ Params: { idOrSlug: string } }>('/v1/organizations/:idOrSlug', (request) =>
      organizationJson(core, find(core, request.params.idOrSlug)),
    );
    app.get<{ Params: { idOrSlug: string } }>(
      '/v1/organizations/:idOrSlug/memberships',
      (request) => {
        const members = core.organizations.members(find(core, request.params.idOrSlug).id);
        return {
          data: page(members, request.query).map((one) => membershipJson(core, one)),
          total_count: members.length,
        };
      },
    );
    app.delete<{ Params: { idOrSlug: string } }>('/v1/organizations/:idOrSlug', (request) => {
      const { id } = find(core, request.params.idOrSlug);
      core.organizations.delete(id);
      return { object: 'organization', id, deleted: true };
    });
    app.patch<{ Params: MemberParams }>(MEMBER, (request) => {
      const { organizationId: organization, userId: user } = findMember(core, request.params);
      const { role } = parseQuery(z.object({ role: z.string() }), request.body);
      return membershipJson(core, core.organizations.addMember({ organization, user, role }));
    });
    app.delete<{ Params: MemberParams }>(MEMBER, (request) => {
      const membership = findMember(core, request.params);
      const json = membershipJson(core, membership);
      core.organizations.removeMember(membership.organizationId, membership.userId);
      return json;
    });
  };
}

const MEMBER = '/v1/organizations/:idOrSlug/memberships/:userId';

interface MemberParams {
  readonly idOrSlug: string;
  readonly userId: string;
}

function findMember(
  core: EmulatorCore,
  { idOrSlug, userId }: MemberParams,
): OrganizationMembership {
  const membership = core.organizations.membership(find(core, idOrSlug).id, userId);
  if (!membership) throw ClerkApiError.notFound('The membership');
  return membership;
}

function find(core: EmulatorCore, idOrSlug: string): Organization {
  const organization = core.organizations.find(idOrSlug);
  if (!organization) throw ClerkApiError.notFound('The organization');
  return organization;
}
