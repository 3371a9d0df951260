import type { FastifyReply } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import type { User } from '../instance/users.js';
import type { AuthorizationRequest } from './authorization-request.js';
import { sendAuthorizationCode } from './authorization-response.js';
import type { Browser } from './browsers.js';
import type { Interaction } from './interactions.js';

/**
 * Redirects the browser to the next step of an interaction: sign-in, consent, or the client.
 *
 * @throws OAuthError when a step needs the user but the client sent `prompt=none`
 */
export function goToNextStep(
  core: EmulatorCore,
  reply: FastifyReply,
  browser: Browser,
  interaction: Interaction,
): FastifyReply {
  const { request } = interaction;
  const isSilent = request.prompts.includes('none');
  const user = signedInUser(core, browser);
  if (!user || needsSignIn(interaction)) {
    if (!isSilent) return redirectTo(reply, '/sign-in', interaction);
    core.interactions.finish(interaction);
    throw new OAuthError('login_required', 'Nobody is signed in.');
  }
  const consent = existingConsent(core, request, user.id);
  if (!consent) {
    if (!isSilent) return redirectTo(reply, '/oauth/consent', interaction);
    core.interactions.finish(interaction);
    throw new OAuthError('consent_required', 'The user has not consented yet.');
  }
  core.interactions.finish(interaction);
  return sendAuthorizationCode(core, reply, request, {
    userId: user.id,
    organizationId: consent.organizationId,
  });
}

/** `undefined` when nobody is signed in, or when the session or the user is no longer active. */
export function signedInUser(core: EmulatorCore, browser: Browser | undefined): User | undefined {
  const session = browser?.sessionId ? core.sessions.find(browser.sessionId) : undefined;
  const user = session?.status === 'active' ? core.users.find(session.userId) : undefined;
  return user?.banned ? undefined : user;
}

/**
 * Whether the client asked for a sign-in that has not happened yet: by `prompt=login`, or by
 * `prompt=select_account`, because an account is chosen on the same page.
 */
export function needsSignIn({ hasSignedIn, request }: Interaction): boolean {
  return !hasSignedIn && request.prompts.some((prompt) => SIGN_IN_PROMPTS.has(prompt));
}

const SIGN_IN_PROMPTS: ReadonlySet<string> = new Set(['login', 'select_account']);

function redirectTo(reply: FastifyReply, page: string, interaction: Interaction): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .redirect(`${page}?interaction=${interaction.id}`, 303);
}

/** The consent that makes the consent page unnecessary; registered clients always show the page. */
function existingConsent(
  core: EmulatorCore,
  request: AuthorizationRequest,
  userId: string,
): { readonly organizationId: string | null } | undefined {
  const application = core.oauthApplications.find(request.clientId);
  if (!application || application.dynamicallyRegistered) return undefined;
  if (request.prompts.includes('consent')) return undefined;
  if (application.consentScreenEnabled) {
    return core.consents.find(userId, request.clientId, request.scopes);
  }
  const [membership] = core.organizations.membershipsOfUser(userId);
  return { organizationId: membership?.organizationId ?? null };
}
