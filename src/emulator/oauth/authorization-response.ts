import type { FastifyReply } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { hiddenField, html } from '../pages/html.js';
import { type Page, sendPage } from '../pages/page.js';
import type { AuthorizationRequest, AuthorizationReturn } from './authorization-request.js';
import type { OAuthError } from '../emulator.errors.js';

/** Sends the browser back to the client with an authorization code. */
export function answerWithCode(
  core: EmulatorCore,
  reply: FastifyReply,
  request: AuthorizationRequest,
  allowed: { readonly userId: string; readonly organizationId: string | null },
): FastifyReply {
  const grant = core.grants.create({
    userId: allowed.userId,
    clientId: request.clientId,
    scopes: request.scopes,
    resources: request.resources,
    organizationId: request.scopes.includes('user:org:read') ? allowed.organizationId : null,
    nonce: request.nonce,
  });
  const code = core.codes.create({
    grantId: grant.id,
    clientId: request.clientId,
    redirectUri: request.redirectUriGiven ? request.redirectUri : null,
    codeChallenge: request.codeChallenge,
  });
  return answer(core, reply, request, { code });
}

/** Sends the browser back to the client with an error. */
export function answerWithError(
  core: EmulatorCore,
  reply: FastifyReply,
  to: AuthorizationReturn,
  error: OAuthError,
): FastifyReply {
  return answer(core, reply, to, { ...error.toJSON() });
}

function answer(
  core: EmulatorCore,
  reply: FastifyReply,
  to: AuthorizationReturn,
  result: Readonly<Record<string, string>>,
): FastifyReply {
  const parameters = {
    ...result,
    ...(to.state === null ? {} : { state: to.state }),
    ...(core.settings.switches.issuerInAuthorizationResponse ? { iss: core.url } : {}),
  };
  if (to.responseMode === 'form_post') {
    return sendPage(reply, 200, formPostPage(to.redirectUri, parameters), {
      formTarget: to.redirectUri,
    });
  }
  const url = new URL(to.redirectUri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return reply.header('cache-control', 'no-store').redirect(url.href, 303);
}

/** Carries an authorization response to the client as a form (OAuth 2.0 Form Post Response Mode). */
function formPostPage(redirectUri: string, parameters: Readonly<Record<string, string>>): Page {
  return {
    title: 'Returning to the application',
    submitsItself: true,
    body: html`
      <header>
        <h1>Almost there</h1>
        <p>Continue to return to the application.</p>
      </header>
      <form method="post" action="${redirectUri}">
        ${Object.entries(parameters).map(([name, value]) => hiddenField(name, value))}
        <div class="actions"><button class="primary" type="submit">Continue</button></div>
      </form>
    `,
  };
}
