import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import type { Organization, OrganizationMembership } from '../instance/organizations.js';
import { NO_QUERY, orNotFound, PAGE, pageJson, parseInput, reads } from './request-input.js';
import { membershipJson, organizationJson } from './resource-json.js';

/** `/v1/organizations` */
export function organizationRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/organizations', reads(PAGE), (request) =>
      pageJson(core.organizations.list(), request.query, (one) => organizationJson(core, one)),
    );
    app.get<{ Params: { idOrSlug: string } }>('/v1/organizations/:idOrSlug', NO_QUERY, (request) =>
      organizationJson(core, findOrganization(core, request.params.idOrSlug)),
    );
    app.get<{ Params: { idOrSlug: string } }>(
      '/v1/organizations/:idOrSlug/memberships',
      reads(PAGE),
      (request) => {
        const { id } = findOrganization(core, request.params.idOrSlug);
        const members = core.organizations.members(id);
        return pageJson(members, request.query, (one) => membershipJson(core, one));
      },
    );
    app.delete<{ Params: { idOrSlug: string } }>(
      '/v1/organizations/:idOrSlug',
      NO_QUERY,
      (request) => {
        const { id } = findOrganization(core, request.params.idOrSlug);
        core.organizations.delete(id);
        return { object: 'organization', id, deleted: true };
      },
    );
    app.patch<{ Params: MembershipParams }>(MEMBERSHIP, NO_QUERY, (request) => {
      const { organizationId: organization, userId: user } = findMembership(core, request.params);
      const { role } = parseInput(z.object({ role: z.string() }), request.body);
      return membershipJson(core, core.organizations.addMember({ organization, user, role }));
    });
    app.delete<{ Params: MembershipParams }>(MEMBERSHIP, NO_QUERY, (request) => {
      const membership = findMembership(core, request.params);
      const json = membershipJson(core, membership);
      core.organizations.removeMember(membership.organizationId, membership.userId);
      return json;
    });
  };
}

const MEMBERSHIP = '/v1/organizations/:idOrSlug/memberships/:userId';

interface MembershipParams {
  readonly idOrSlug: string;
  readonly userId: string;
}

function findMembership(
  core: EmulatorCore,
  { idOrSlug, userId }: MembershipParams,
): OrganizationMembership {
  const { id } = findOrganization(core, idOrSlug);
  return orNotFound(core.organizations.membership(id, userId), 'The membership');
}

function findOrganization(core: EmulatorCore, idOrSlug: string): Organization {
  return orNotFound(core.organizations.find(idOrSlug), 'The organization');
}
