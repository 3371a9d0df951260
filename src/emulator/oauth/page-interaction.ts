import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { formOf } from '../http/body-parsers.js';
import type { OAuthApplication } from '../instance/oauth-applications.js';
import { errorPage, sendPage } from '../pages/page.js';
import type { Browser } from './browsers.js';
import { hasCsrfToken, type Interaction } from './interactions.js';

/** The interaction that a page request names, its browser and its client. */
export interface PageInteraction {
  readonly browser: Browser;
  readonly interaction: Interaction;
  readonly application: OAuthApplication;
}

/** `undefined` when this browser has no such interaction. */
export function interactionOfPage(
  core: EmulatorCore,
  request: FastifyRequest,
): PageInteraction | undefined {
  const id = new URL(request.url, core.url).searchParams.get('interaction') ?? '';
  return findInteraction(core, request, id);
}

/** `undefined` when this browser has no such interaction, or the form lacks its CSRF token. */
export function interactionOfForm(
  core: EmulatorCore,
  request: FastifyRequest,
): PageInteraction | undefined {
  const form = formOf(request.body);
  const found = findInteraction(core, request, form.get('interaction') ?? '');
  return found && hasCsrfToken(found.interaction, form.get('csrf_token') ?? '') ? found : undefined;
}

export function sendInteractionNotFound(reply: FastifyReply, status: 400 | 403): FastifyReply {
  return sendPage(
    reply,
    status,
    errorPage(
      'Please start again',
      'This sign-in has ended, or it was started in another browser. Go back to your application and connect once more.',
    ),
  );
}

function findInteraction(
  core: EmulatorCore,
  request: FastifyRequest,
  id: string,
): PageInteraction | undefined {
  const browser = core.browsers.find(request);
  const interaction = browser && core.interactions.find(id, browser.key);
  const application = interaction && core.oauthApplications.find(interaction.request.clientId);
  return application ? { browser, interaction, application } : undefined;
}
