import type { FastifyReply } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import type { AuthorizationRequest } from './authorization-request.js';
import { answerWithCode } from './authorization-response.js';
import { signedIn } from './browser-cookie.js';
import type { Browser } from './browsers.js';
import type { Interaction } from './interactions.js';
import { OAuthError } from '../emulator.errors.js';

/**
 * Takes an interaction to its next step: sign-in, consent, or back to the client.
 *
 * @throws OAuthError when the client asked for no interaction and one is needed
 */
export function proceed(
  core: EmulatorCore,
  reply: FastifyReply,
  browser: Browser,
  interaction: Interaction,
): FastifyReply {
  const { request } = interaction;
  const silent = request.prompts.includes('none');
  const present = signedIn(core, browser);
  if (!present || needsSignIn(interaction)) {
    if (!silent) return goTo(reply, '/sign-in', interaction);
    core.interactions.finish(interaction);
    throw new OAuthError('login_required', 'Nobody is signed in.');
  }
  const consent = existingConsent(core, request, present.user.id);
  if (!consent) {
    if (!silent) return goTo(reply, '/oauth/consent', interaction);
    core.interactions.finish(interaction);
    throw new OAuthError('consent_required', 'The person has not consented yet.');
  }
  core.interactions.finish(interaction);
  return answerWithCode(core, reply, request, {
    userId: present.user.id,
    organizationId: consent.organizationId,
  });
}

/** Whether the client asked for a sign-in that has not happened yet (`prompt=login`). */
export function needsSignIn(interaction: Interaction): boolean {
  const { prompts } = interaction.request;
  return (
    !interaction.hasSignedIn && (prompts.includes('login') || prompts.includes('select_account'))
  );
}

function goTo(reply: FastifyReply, page: string, interaction: Interaction): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .redirect(`${page}?interaction=${interaction.id}`, 303);
}

/** Consent that need not be asked for again; a client that registered itself always asks. */
function existingConsent(
  core: EmulatorCore,
  request: AuthorizationRequest,
  userId: string,
): { readonly organizationId: string | null } | undefined {
  const application = core.oauthApplications.find(request.clientId);
  if (!application || application.dynamicallyRegistered) return undefined;
  if (request.prompts.includes('consent')) return undefined;
  if (application.consentScreenEnabled) {
    return core.consents.covering(userId, request.clientId, request.scopes);
  }
  const [membership] = core.organizations.membershipsOfUser(userId);
  return { organizationId: membership?.organizationId ?? null };
}
