import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { errorPage, sendPage } from '../pages/page.js';
import { signInPage } from '../pages/sign-in.page.js';
import { goToNextStep, signedInUser } from './next-step.js';
import {
  interactionOfForm,
  interactionOfPage,
  sendInteractionNotFound,
} from './page-interaction.js';

/** The sign-in page: a click on an account signs in. */
export function signInRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);

    app.get('/sign-in', async (request, reply) => {
      const found = interactionOfPage(core, request);
      if (!found) return sendInteractionNotFound(reply, 400);
      const { interaction, browser, application } = found;
      const page = signInPage({
        interaction: interaction.id,
        csrfToken: interaction.csrfToken,
        applicationName: application.name,
        accounts: core.users.list().filter((user) => !user.banned),
        currentUserId: signedInUser(core, browser)?.id,
      });
      return sendPage(reply, 200, page, { formTarget: interaction.request.redirectUri });
    });

    app.post('/sign-in', async (request, reply) => {
      const found = interactionOfForm(core, request);
      if (!found) return sendInteractionNotFound(reply, 403);
      const user = core.users.find(formOf(request.body).get('account') ?? '');
      if (!user || user.banned) {
        const reason = 'No such account can sign in. Go back and choose one from the list.';
        return sendPage(reply, 400, errorPage('Unknown account', reason));
      }
      core.users.update(user.id, { lastSignInAt: core.now() });
      const session = core.sessions.create({ user: user.id });
      // A sign-in sets a new cookie, so that an attacker cannot plant one (session fixation).
      core.browsers.delete(found.browser);
      const browser = core.browsers.create(reply, session.id);
      const interaction = core.interactions.completeSignIn(found.interaction, browser.key);
      return goToNextStep(core, reply, browser, interaction);
    });
  };
}
