import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { controlSchemas } from './control-schemas.js';

/** The part of the control surface that changes what is there, and sends word of it. */
export function changeRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.post('/__emulator/users/update', (request) => {
      const { user, ...changes } = controlSchemas.userUpdate.parse(request.body);
      return core.users.update(user, changes);
    });
    app.post('/__emulator/users/delete', (request) => {
      core.users.delete(controlSchemas.userDelete.parse(request.body).user);
      return DONE;
    });
    app.post('/__emulator/organizations/delete', (request) => {
      core.organizations.delete(controlSchemas.organizationDelete.parse(request.body).organization);
      return DONE;
    });
    app.post('/__emulator/organization_memberships/delete', (request) => {
      const { organization, user } = controlSchemas.membershipDelete.parse(request.body);
      core.organizations.removeMember(organization, user);
      return DONE;
    });
    app.post('/__emulator/sessions/status', (request) => {
      const { session, status } = controlSchemas.sessionStatus.parse(request.body);
      return core.sessions.setStatus(session, status);
    });
    app.post('/__emulator/webhook', (request) => {
      const target = controlSchemas.webhook.parse(request.body);
      core.webhooks.sendTo(target.url === null ? null : target);
      return { signingSecret: core.webhooks.signingSecret };
    });
    app.get('/__emulator/webhook', async () => {
      const { webhooks } = core;
      await webhooks.settled();
      return { signingSecret: webhooks.signingSecret, deliveries: webhooks.deliveries };
    });
  };
}

const DONE = { ok: true } as const;
