import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import { randomToken } from '../instance/clerk-id.js';
import type { SignInTicket } from '../instance/sign-in-tickets.js';
import { NO_QUERY, orNotFound, parseInput } from './request-input.js';
import { findUser } from './user-input.js';

/** `/v1/sign_in_tokens`, `/v1/actor_tokens` and `/v1/testing_tokens` */
export function signInTicketRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.post('/v1/sign_in_tokens', NO_QUERY, ({ body }) => {
      const input = parseInput(SignInTokenBody, body);
      const { id: userId } = findUser(core, input.user_id);
      const organizationId = input.org_id ?? null;
      if (organizationId !== null) {
        const membership = core.organizations.membership(organizationId, userId);
        orNotFound(membership, 'The organization of the user');
      }
      const { token, ...created } = core.signInTickets.create({
        userId,
        organizationId,
        expiresInSeconds: input.expires_in_seconds ?? MONTH,
      });
      return { ...ticketJson(created), token, url: acceptUrl(core, token) };
    });
    app.post('/v1/actor_tokens', NO_QUERY, ({ body }) => {
      const input = parseInput(ActorTokenBody, body);
      const user = input.user_id.startsWith('user_') ? core.users.find(input.user_id) : undefined;
      // Unlike for sign-in tokens, Clerk documents no 404.
      if (!user) {
        throw ClerkApiError.parameter('form_param_value_invalid', 'user_id', 'is not a user');
      }
      const { token, ...created } = core.signInTickets.create({
        userId: user.id,
        actor: input.actor,
        expiresInSeconds: input.expires_in_seconds ?? HOUR,
        sessionLifetime: input.session_max_duration_in_seconds ?? HALF_AN_HOUR,
      });
      return { ...ticketJson(created), token, url: acceptUrl(core, token) };
    });
    for (const [path, isActorToken] of [
      ['/v1/sign_in_tokens/:id/revoke', false],
      ['/v1/actor_tokens/:id/revoke', true],
    ] as const) {
      app.post<{ Params: { id: string } }>(path, NO_QUERY, ({ params }) => {
        const found = core.signInTickets.find(params.id);
        const isOfKind = found !== undefined && (found.actor !== null) === isActorToken;
        const ticket = orNotFound(isOfKind ? found : undefined, 'The token');
        if (ticket.status !== 'pending') {
          const message = `The token is ${ticket.status}; only a pending one can be revoked.`;
          throw new ClerkApiError(400, 'token_not_pending', message);
        }
        return ticketJson(core.signInTickets.setStatus(ticket, 'revoked'));
      });
    }
    // No page of the emulator asks for one, so it need not be kept.
    app.post('/v1/testing_tokens', NO_QUERY, () => {
      const now = Math.floor(core.now() / 1_000);
      const token = `${now}-c_${randomToken(27)}`;
      return { object: 'testing_token', token, expires_at: now + HOUR };
    });
  };
}

/** Seconds. */
const HALF_AN_HOUR = 1_800;
const HOUR = 3_600;
const MONTH = 2_592_000;
const lifetime = z.number().int().min(1).max(315_360_000).nullish();

const SignInTokenBody = z.strictObject({
  user_id: z.string(),
  org_id: z.string().nullish(),
  expires_in_seconds: lifetime,
});
const ActorTokenBody = z.strictObject({
  user_id: z.string(),
  actor: z
    .looseObject({ sub: z.string().min(1) })
    .refine((value) => JSON.stringify(value).length <= 8_192, 'is larger than 8 KB'),
  expires_in_seconds: lifetime,
  session_max_duration_in_seconds: lifetime,
});

function acceptUrl(core: EmulatorCore, token: string): string {
  return `${core.url}/v1/tickets/accept?ticket=${token}`;
}

function ticketJson(ticket: SignInTicket): Record<string, unknown> {
  return {
    object: ticket.actor ? 'actor_token' : 'sign_in_token',
    id: ticket.id,
    status: ticket.status,
    user_id: ticket.userId,
    ...(ticket.actor ? { actor: ticket.actor } : {}),
    created_at: ticket.createdAt,
    updated_at: ticket.updatedAt,
  };
}
