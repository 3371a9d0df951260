import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import type { User } from '../instance/users.js';
import { consentPage } from '../pages/consent.page.js';
import { sendPage } from '../pages/page.js';
import { answerWithCode, answerWithError } from './authorization-response.js';
import { signedIn } from './browser-cookie.js';
import type { Interaction } from './interactions.js';
import { OAuthError } from '../emulator.errors.js';
import {
  interactionOfForm,
  interactionOfPage,
  type PageInteraction,
  sendLostInteraction,
} from './page-interaction.js';
import { needsSignIn } from './proceed.js';

/** The consent page: what the application asks for, Allow and Deny. */
export function consentRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);

    app.get('/oauth/consent', async (request, reply) => {
      const found = interactionOfPage(core, request);
      const present = signedIn(core, found?.browser);
      if (!found || !present || needsSignIn(found.interaction)) {
        return sendLostInteraction(reply, 400);
      }
      return sendConsentPage(core, reply, found, present.user);
    });

    app.post('/oauth/consent', async (request, reply) => {
      const found = interactionOfForm(core, request);
      const present = signedIn(core, found?.browser);
      if (!found || !present || needsSignIn(found.interaction)) {
        return sendLostInteraction(reply, 403);
      }
      const { interaction, application } = found;
      const form = formOf(request.body);
      const organizationId = chosenOrganization(core, interaction, present.user.id, form);
      core.interactions.finish(interaction);

      if (form.get('consented') !== 'true') {
        const denied = new OAuthError('access_denied', 'The person denied the request.');
        return answerWithError(core, reply, interaction.request, denied);
      }
      const { clientId, scopes } = interaction.request;
      if (!application.dynamicallyRegistered) {
        core.consents.remember(present.user.id, clientId, { scopes, organizationId });
      }
      return answerWithCode(core, reply, interaction.request, {
        userId: present.user.id,
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

/** Only an organization that the user belongs to; none when the form says none. */
function chosenOrganization(
  core: EmulatorCore,
  interaction: Interaction,
  userId: string,
  form: URLSearchParams,
): string | null {
  if (!interaction.request.scopes.includes('user:org:read')) return null;
  const [first] = core.organizations.membershipsOfUser(userId);
  const asked = form.get('organization_id') ?? first?.organizationId ?? '';
  return core.organizations.membership(asked, userId)?.organizationId ?? null;
}
