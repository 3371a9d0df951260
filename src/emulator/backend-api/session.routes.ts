import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import type { Session } from '../instance/sessions.js';
import { signJwtTemplateToken, signSessionToken } from '../tokens/session-token.js';
import { ClerkApiError } from '../emulator.errors.js';
import { page, parseQuery } from './request-input.js';
import { sessionJson } from './resource-json.js';

/** `/v1/sessions` */
export function sessionRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/sessions', (request) => {
      const sessions = select(core, request.query);
      return {
        data: page(sessions, request.query).map(sessionJson),
        total_count: sessions.length,
      };
    });
    app.post('/v1/sessions', (request) => {
      const { user_id } = parseQuery(z.object({ user_id: z.string() }), request.body);
      if (!core.users.find(user_id)) throw ClerkApiError.notFound('The user');
      return sessionJson(core.sessions.create({ user: user_id }));
    });
    app.get<{ Params: { id: string } }>('/v1/sessions/:id', (request) =>
      sessionJson(find(core, request.params.id)),
    );
    app.post<{ Params: { id: string } }>('/v1/sessions/:id/revoke', (request) =>
      sessionJson(core.sessions.revoke(find(core, request.params.id).id)),
    );
    app.post<{ Params: { id: string } }>('/v1/sessions/:id/tokens', (request) =>
      sessionToken(core, request.params.id, request.body),
    );
    app.post<{ Params: { id: string; template: string } }>(
      '/v1/sessions/:id/tokens/:template',
      ({ params, body }) => templateToken(core, params.id, params.template, body),
    );
  };
}

const TokenRequest = z.object({
  expires_in_seconds: z.number().int().min(30).max(315_360_000).optional(),
});
const Selection = z.object({ user_id: z.string().optional(), status: z.string().optional() });

async function sessionToken(core: EmulatorCore, id: string, body: unknown): Promise<unknown> {
  const session = findUsable(core, id);
  const { expires_in_seconds } = parseQuery(TokenRequest, body ?? {});
  const jwt = await signSessionToken(core, session, {
    expiresInSeconds: expires_in_seconds ?? core.settings.lifetimes.sessionToken,
    authorizedParty: core.url,
  });
  return { object: 'token', jwt };
}

async function templateToken(
  core: EmulatorCore,
  id: string,
  name: string,
  body: unknown,
): Promise<unknown> {
  const session = findUsable(core, id);
  const { expires_in_seconds } = parseQuery(TokenRequest, body ?? {});
  const template = new Map(Object.entries(core.settings.jwtTemplates)).get(name);
  if (!template) throw ClerkApiError.notFound('The JWT template');
  const jwt = await signJwtTemplateToken(core, session.userId, {
    template,
    expiresInSeconds: expires_in_seconds ?? core.settings.lifetimes.jwtTemplateToken,
    authorizedParty: core.url,
  });
  return { object: 'token', jwt };
}

function select(core: EmulatorCore, query: unknown): readonly Session[] {
  const { user_id, status } = parseQuery(Selection, query);
  return core.sessions
    .list()
    .filter((session) => user_id === undefined || session.userId === user_id)
    .filter((session) => status === undefined || session.status === status);
}

function find(core: EmulatorCore, id: string): Session {
  const session = core.sessions.find(id);
  if (!session) throw ClerkApiError.notFound('The session');
  return session;
}

/** Clerk issues no token for a session that has ended. */
function findUsable(core: EmulatorCore, id: string): Session {
  const session = find(core, id);
  if (session.status === 'active' || session.status === 'pending') return session;
  throw ClerkApiError.notFound('The active session');
}
