import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import { html } from '../pages/html.js';
import { sendPage } from '../pages/page.js';

/** `/v1/tickets/accept`: signs a browser in with a sign-in token or an actor token. */
export function ticketRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler(async (error: unknown, _request, reply) => {
      const known =
        error instanceof ClerkApiError
          ? error
          : new ClerkApiError(500, 'internal_clerk_error', 'The emulator failed.');
      return reply.code(known.status).send(known.toJSON());
    });
    app.get<{ Querystring: { ticket?: unknown } }>('/v1/tickets/accept', async (request, reply) => {
      const { ticket: token } = request.query;
      const ticket = typeof token === 'string' ? core.signInTickets.findUsable(token) : undefined;
      const user = ticket && core.users.find(ticket.userId);
      if (!ticket || !user || user.banned || user.locked) {
        const message =
          'The ticket is unknown, expired, revoked or already used, or its user is banned or locked.';
        throw new ClerkApiError(400, 'ticket_invalid', message);
      }
      core.signInTickets.setStatus(ticket, 'accepted');
      const { organizationId, actor, sessionLifetime } = ticket;
      const session = core.sessions.create({
        user: user.id,
        ...(organizationId !== null && { organization: organizationId }),
        ...(actor !== null && { actor }),
        ...(sessionLifetime !== null && { lifetime: sessionLifetime }),
      });
      // An impersonator is not the user.
      if (actor === null) core.users.update(user.id, { lastSignInAt: core.now() });
      const previous = core.browsers.find(request);
      if (previous) core.browsers.delete(previous);
      core.browsers.create(reply, session.id);
      return sendPage(reply, 200, SIGNED_IN);
    });
  };
}

const SIGNED_IN = {
  title: 'Signed in',
  body: html`
    <header>
      <h1>Signed in</h1>
      <p>Go on in the application.</p>
    </header>
  `,
};
