import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import type { User } from '../instance/users.js';
import { consentPage } from '../pages/consent.page.js';
import { sendPage } from '../pages/page.js';
import { sendAuthorizationCode, sendAuthorizationError } from './authorization-response.js';
import type { Interaction } from './interactions.js';
import { needsSignIn, signedInUser } from './next-step.js';
import {
  interactionOfForm,
  interactionOfPage,
  type PageInteraction,
  sendInteractionNotFound,
} from './page-interaction.js';

/** The consent page: the requested access, Allow and Deny. */
export function consentRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);

    app.get('/oauth/consent', async (request, reply) => {
      const found = interactionOfPage(core, request);
      const user = signedInUser(core, found?.browser);
      if (!found || !user || needsSignIn(found.interaction)) {
        return sendInteractionNotFound(reply, 400);
      }
      return sendConsentPage(core, reply, found, user);
    });

    app.post('/oauth/consent', async (request, reply) => {
      const found = interactionOfForm(core, request);
      const user = signedInUser(core, found?.browser);
      if (!found || !user || needsSignIn(found.interaction)) {
        return sendInteractionNotFound(reply, 403);
      }
      const { interaction, application } = found;
      const form = formOf(request.body);
      const organizationId = chosenOrganization(core, interaction, user.id, form);
      core.interactions.finish(interaction);

      if (form.get('consented') !== 'true') {
        const denied = new OAuthError('access_denied', 'The user denied the request.');
        return sendAuthorizationError(core, reply, interaction.request, denied);
      }
      const { clientId, scopes } = interaction.request;
      if (!application.dynamicallyRegistered) {
        core.consents.remember(user.id, clientId, { scopes, organizationId });
      }
      return sendAuthorizationCode(core, reply, interaction.request, {
        userId: user.id,
        organizationId,
      });
    });
  };
}

function sendConsentPage(
  core: EmulatorCore,
  reply: FastifyReply,
  { interaction, application }: PageInteraction,
  user: User,
): FastifyReply {
  const { request } = interaction;
  const page = consentPage({
    interaction: interaction.id,
    csrfToken: interaction.csrfToken,
    application,
    user,
    scopes: request.scopes.map((scope) => core.scopes.describe(scope)),
    resources: request.resources,
    organizations: request.scopes.includes('user:org:read')
      ? core.organizations
          .membershipsOfUser(user.id)
          .map(({ organizationId }) => core.organizations.get(organizationId))
      : [],
    redirectUri: request.redirectUri,
  });
  return sendPage(reply, 200, page, { formTarget: request.redirectUri });
}

/** The organization of the form, if the user belongs to it; an empty field means none. */
function chosenOrganization(
  core: EmulatorCore,
  interaction: Interaction,
  userId: string,
  form: URLSearchParams,
): string | null {
  if (!interaction.request.scopes.includes('user:org:read')) return null;
  const [first] = core.organizations.membershipsOfUser(userId);
  const requested = form.get('organization_id') ?? first?.organizationId ?? '';
  return core.organizations.membership(requested, userId)?.organizationId ?? null;
}
