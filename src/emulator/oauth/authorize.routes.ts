import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError, UntrustedAuthorizationRequestError } from '../emulator.errors.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { errorPage, sendPage } from '../pages/page.js';
import { readAuthorizationRequest, readResponseTarget } from './authorization-request.js';
import { sendAuthorizationError } from './authorization-response.js';
import { goToNextStep } from './next-step.js';

/** The authorization endpoint (RFC 6749 §3.1). */
export function authorizeRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.get('/oauth/authorize', async (request, reply) => authorize(core, request, reply));
    // Browsers omit Lax cookies from a cross-site POST, but send them with the GET that follows.
    app.post('/oauth/authorize', async (request, reply) =>
      reply.redirect(`/oauth/authorize?${formOf(request.body).toString()}`, 303),
    );
  };
}

async function authorize(
  core: EmulatorCore,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parameters = new URL(request.url, core.url).searchParams;
  let trusted: ReturnType<typeof readResponseTarget>;
  try {
    if (core.settings.switches.clientIdMetadataDocuments) {
      await core.clientMetadata.learn(parameters.get('client_id') ?? '');
    }
    trusted = readResponseTarget(core.oauthApplications, core.settings.switches, parameters);
  } catch (error) {
    if (!(error instanceof UntrustedAuthorizationRequestError)) throw error;
    return sendPage(reply, 400, errorPage('This request cannot be answered', error.message));
  }
  const { application, target } = trusted;
  try {
    const authorization = readAuthorizationRequest(
      core.scopes,
      core.settings.switches,
      parameters,
      application,
      target,
    );
    const browser = core.browsers.find(request) ?? core.browsers.create(reply, null);
    const interaction = core.interactions.start(browser.key, authorization);
    return goToNextStep(core, reply, browser, interaction);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return sendAuthorizationError(core, reply, target, error);
  }
}
