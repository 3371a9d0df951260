import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { errorPage, sendPage } from '../pages/page.js';
import { readAuthorizationRequest, readAuthorizationReturn } from './authorization-request.js';
import { answerWithError } from './authorization-response.js';
import { greetBrowser, knownBrowser } from './browser-cookie.js';
import { OAuthError, UntrustedAuthorizationRequestError } from '../emulator.errors.js';
import { proceed } from './proceed.js';

/** The authorization endpoint (RFC 6749 §3.1). */
export function authorizeRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.get('/oauth/authorize', async (request, reply) => authorize(core, request, reply));
    // A browser sends no Lax cookie with a POST from another site, but it does with the GET that
    // it is sent on to.
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
  let asked: ReturnType<typeof readAuthorizationReturn>;
  try {
    if (core.settings.switches.clientIdMetadataDocuments) {
      await core.clientMetadata.learn(parameters.get('client_id') ?? '');
    }
    asked = readAuthorizationReturn(core.oauthApplications, parameters);
  } catch (error) {
    if (!(error instanceof UntrustedAuthorizationRequestError)) throw error;
    return sendPage(reply, 400, errorPage('This request cannot be answered', error.message));
  }
  try {
    const authorization = readAuthorizationRequest(
      core.scopes,
      parameters,
      asked.application,
      asked.to,
    );
    const browser = knownBrowser(core, request) ?? greetBrowser(core, reply, null);
    const interaction = core.interactions.start(browser.key, authorization);
    return proceed(core, reply, browser, interaction);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return answerWithError(core, reply, asked.to, error);
  }
}
