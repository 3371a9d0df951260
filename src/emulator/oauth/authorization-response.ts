import type { FastifyReply } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import type { OAuthError } from '../emulator.errors.js';
import { hiddenField, html } from '../pages/html.js';
import { type Page, sendPage } from '../pages/page.js';
import type { AuthorizationRequest, ResponseTarget } from './authorization-request.js';

/** Creates a grant, and redirects the browser to the client with an authorization code. */
export function sendAuthorizationCode(
  core: EmulatorCore,
  reply: FastifyReply,
  request: AuthorizationRequest,
  consent: { readonly userId: string; readonly organizationId: string | null },
): FastifyReply {
  const grant = core.grants.create({
    userId: consent.userId,
    clientId: request.clientId,
    scopes: request.scopes,
    resources: request.resources,
    organizationId: request.scopes.includes('user:org:read') ? consent.organizationId : null,
    nonce: request.nonce,
  });
  const code = core.codes.create({
    grantId: grant.id,
    clientId: request.clientId,
    redirectUri: request.redirectUriGiven ? request.redirectUri : null,
    codeChallenge: request.codeChallenge,
  });
  return sendResponse(core, reply, request, { code });
}

/** Redirects the browser to the client with an error. */
export function sendAuthorizationError(
  core: EmulatorCore,
  reply: FastifyReply,
  target: ResponseTarget,
  error: OAuthError,
): FastifyReply {
  return sendResponse(core, reply, target, { ...error.toJSON() });
}

function sendResponse(
  core: EmulatorCore,
  reply: FastifyReply,
  target: ResponseTarget,
  response: Readonly<Record<string, string>>,
): FastifyReply {
  const parameters = {
    ...response,
    ...(target.state === null ? {} : { state: target.state }),
    ...(core.settings.switches.issuerInAuthorizationResponse ? { iss: core.url } : {}),
  };
  if (target.responseMode === 'form_post') {
    return sendPage(reply, 200, formPostPage(target.redirectUri, parameters), {
      formTarget: target.redirectUri,
    });
  }
  const url = new URL(target.redirectUri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return reply.header('cache-control', 'no-store').redirect(url.href, 303);
}

/** Sends the authorization response as a form (OAuth 2.0 Form Post Response Mode). */
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
