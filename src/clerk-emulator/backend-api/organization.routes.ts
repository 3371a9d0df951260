import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import type { Organization } from '../instance/organizations.js';
import { ClerkApiError } from './clerk-api.error.js';
import { membershipJson, organizationJson } from './organization.json.js';
import { page } from './pagination.js';

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
  };
}

function find(core: EmulatorCore, idOrSlug: string): Organization {
  const organization = core.organizations.find(idOrSlug);
  if (!organization) throw ClerkApiError.notFound('The organization');
  return organization;
}
