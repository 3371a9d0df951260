import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { Session } from '../instance/sessions.js';
import { signJwtTemplateToken, signSessionToken } from '../tokens/session-token.js';
import {
  listJson,
  NO_QUERY,
  oneOf,
  orNotFound,
  PAGE,
  PAGINATED,
  parseInput,
  reads,
} from './request-input.js';
import { sessionJson } from './resource-json.js';
import { findUser } from './user-input.js';

/** `/v1/sessions` */
export function sessionRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/sessions', reads({ ...PAGE, ...SESSION_FILTERS, ...PAGINATED }), ({ query }) =>
      listJson(listSessions(core, query), query, sessionJson),
    );
    app.post('/v1/sessions', NO_QUERY, ({ body }) => sessionJson(createSession(core, body)));
    app.get<{ Params: { id: string } }>('/v1/sessions/:id', NO_QUERY, (request) =>
      sessionJson(findSession(core, request.params.id)),
    );
    app.post<{ Params: { id: string } }>('/v1/sessions/:id/revoke', NO_QUERY, (request) =>
      sessionJson(core.sessions.revoke(findSession(core, request.params.id).id)),
    );
    app.post<{ Params: { id: string } }>('/v1/sessions/:id/tokens', NO_QUERY, (request) =>
      sessionToken(core, request.params.id, request.body),
    );
    app.post<{ Params: { id: string; template: string } }>(
      '/v1/sessions/:id/tokens/:template',
      NO_QUERY,
      ({ params, body }) => templateToken(core, params.id, params.template, body),
    );
  };
}

const SessionBody = z.strictObject({
  user_id: z.string(),
  active_organization_id: z.string().optional(),
});
const TokenRequest = z.strictObject({
  expires_in_seconds: z.number().int().min(30).max(315_360_000).nullish(),
});
const SESSION_FILTERS = {
  client_id: z.string().optional(),
  user_id: z.string().optional(),
  status: oneOf([
    'active',
    'pending',
    'revoked',
    'ended',
    'expired',
    'removed',
    // No session of the emulator gets these two.
    'abandoned',
    'replaced',
  ]).optional(),
};

function createSession(core: EmulatorCore, body: unknown): Session {
  const input = parseInput(SessionBody, body);
  const { id: user } = findUser(core, input.user_id);
  const organization = input.active_organization_id;
  if (organization === undefined) return core.sessions.create({ user });
  orNotFound(core.organizations.membership(organization, user), 'The organization of the user');
  return core.sessions.create({ user, organization });
}

async function sessionToken(core: EmulatorCore, id: string, body: unknown): Promise<unknown> {
  const session = findSignedInSession(core, id);
  const { expires_in_seconds } = parseInput(TokenRequest, body ?? {});
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
  const session = findSignedInSession(core, id);
  const { expires_in_seconds } = parseInput(TokenRequest, body ?? {});
  const templates = new Map(Object.entries(core.settings.jwtTemplates));
  const template = orNotFound(templates.get(name), 'The JWT template');
  const jwt = await signJwtTemplateToken(core, session.userId, {
    template,
    expiresInSeconds: expires_in_seconds ?? core.settings.lifetimes.jwtTemplateToken,
    authorizedParty: core.url,
  });
  return { object: 'token', jwt };
}

function listSessions(core: EmulatorCore, query: unknown): readonly Session[] {
  const { client_id, user_id, status } = parseInput(z.object(SESSION_FILTERS), query, 'query');
  return core.sessions
    .list()
    .filter(
      (session) =>
        (client_id === undefined || session.clientId === client_id) &&
        (user_id === undefined || session.userId === user_id) &&
        (status === undefined || session.status === status),
    )
    .toReversed();
}

function findSession(core: EmulatorCore, id: string): Session {
  return orNotFound(core.sessions.find(id), 'The session');
}

/** Clerk issues no token for a session that has ended. */
function findSignedInSession(core: EmulatorCore, id: string): Session {
  const session = findSession(core, id);
  if (session.status === 'active' || session.status === 'pending') return session;
  throw ClerkApiError.notFound('The active session');
}
