import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { listAccounts } from '../accounts.js';
import type { EmulatorCore } from '../emulator-core.js';
import { switchesSchema } from '../emulator-switches.js';
import { acceptJson } from '../http/body-parsers.js';
import { exportSeed } from '../instance/seed-export.js';
import { revokeCredential } from '../tokens/revoke-credential.js';
import { TokenIssuer } from '../tokens/token-issuer.js';
import { tokenSchemas } from '../tokens/token-options.js';
import { controlSchemas } from './control-schemas.js';
import type { EndpointGroup } from './endpoint-groups.js';
import type { FaultOf } from './faults.js';

/**
 * The control surface: the typed API for another process, as JSON under `/__emulator`. `index.ts` lists
 * its requests.
 */
export function controlSurface(core: EmulatorCore): FastifyPluginAsync {
  const issuer = new TokenIssuer(core);
  return async (app) => {
    acceptJson(app);
    app.addHook('onRequest', async (request, reply) => {
      const problem = controlProblem(request);
      if (problem !== undefined) return reply.code(403).send({ error: 'forbidden', problem });
    });
    app.setErrorHandler(async (error: unknown, _request, reply) => {
      const { message, code } = errorBody(error);
      return reply.code(code === 'INTERNAL' ? 500 : 400).send({ error: code, message });
    });

    // Registered after the hook above, which does not apply to earlier routes.
    await app.register(creationRoutes(core));
    await app.register(changeRoutes(core));
    await app.register(webhookRoutes(core));

    app.get('/__emulator', () => ({
      url: core.url,
      publishableKey: core.publishableKey,
      accounts: listAccounts(core),
      switches: core.settings.switches,
      faults: core.faults.active(),
    }));
    app.get('/__emulator/counters', () => core.counters.all());
    app.post('/__emulator/counters/reset', () => {
      core.counters.reset();
      return DONE;
    });
    // The control surface allows as much as the key does, so this reveals nothing more.
    app.post('/__emulator/secret_key', () => ({ secretKey: core.settings.secretKey }));
    app.get('/__emulator/seed', () => exportSeed(core));
    app.post('/__emulator/reset', () => {
      core.reset();
      return DONE;
    });
    app.post('/__emulator/switches', (request) =>
      core.configure(switchesSchema.parse(request.body)),
    );
    app.post('/__emulator/faults', (request) => {
      const { group, times, ...fault } = controlSchemas.fault.parse(request.body);
      // The schema pairs each group with the faults that it can have.
      core.faults.set(group, fault as FaultOf<EndpointGroup | 'all'>, times);
      return core.faults.active();
    });
    app.post('/__emulator/faults/clear', (request) => {
      core.faults.clear(controlSchemas.clear.parse(request.body ?? {}).group);
      return core.faults.active();
    });
    app.post('/__emulator/keys/rotate', (request) =>
      rotateKeys(core, controlSchemas.rotate.parse(request.body ?? {}).keepPrevious),
    );
    app.post('/__emulator/tokens', (request) => {
      const { kind, ...options } = TokenRequest.parse(request.body);
      return issueToken(issuer, kind, options);
    });
    app.post('/__emulator/tokens/revoke', (request) =>
      revokeCredential(core, controlSchemas.credential.parse(request.body).token).then(() => DONE),
    );
  };
}

async function rotateKeys(
  core: EmulatorCore,
  keepPrevious: boolean | undefined,
): Promise<{ readonly kid: string }> {
  return { kid: await core.keys.rotate(keepPrevious) };
}

const TokenRequest = z.looseObject({
  kind: z.enum(Object.keys(tokenSchemas) as (keyof typeof tokenSchemas)[]),
});

function errorBody(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof z.ZodError) return { code: 'INVALID_BODY', message: z.prettifyError(error) };
  if (error instanceof Error && 'code' in error) {
    return { code: String(error.code), message: error.message };
  }
  if (error instanceof Error && 'statusCode' in error) {
    return { code: 'INVALID_BODY', message: error.message };
  }
  return { code: 'INTERNAL', message: 'The emulator failed.' };
}

/** Creates users, organizations and other objects. */
function creationRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.post('/__emulator/users', (request) =>
      core.users.create(controlSchemas.user.parse(request.body)),
    );
    app.post('/__emulator/organizations', (request) =>
      core.organizations.create(controlSchemas.organization.parse(request.body)),
    );
    app.post('/__emulator/organization_memberships', (request) =>
      core.organizations.addMember(controlSchemas.membership.parse(request.body)),
    );
    app.post('/__emulator/external_accounts', (request) =>
      core.externalAccounts.connect(controlSchemas.externalAccount.parse(request.body)),
    );
    app.post('/__emulator/sessions', (request) =>
      core.sessions.create(controlSchemas.session.parse(request.body)),
    );
    app.post('/__emulator/oauth_applications', (request) =>
      core.oauthApplications.create(controlSchemas.oauthApplication.parse(request.body)),
    );
    app.post('/__emulator/api_keys', (request) =>
      core.apiKeys.create(controlSchemas.apiKey.parse(request.body)),
    );
    app.post('/__emulator/machines', (request) =>
      core.machines.create(controlSchemas.machine.parse(request.body)),
    );
    app.post('/__emulator/billing_plans', (request) =>
      core.billing.createPlan(controlSchemas.billingPlan.parse(request.body)),
    );
    app.post('/__emulator/billing_statements', (request) =>
      core.billing.createStatement(controlSchemas.billingStatement.parse(request.body)),
    );
    app.post('/__emulator/m2m_tokens', (request) =>
      core.machines.createToken(controlSchemas.m2mToken.parse(request.body)),
    );
  };
}

/** Changes and deletes objects. */
function changeRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.post('/__emulator/scopes', (request) => {
      const { name, description } = controlSchemas.scope.parse(request.body);
      core.scopes.define(name, description);
      return DONE;
    });
    app.post('/__emulator/scopes/delete', (request) => {
      core.scopes.delete(controlSchemas.scopeDelete.parse(request.body).name);
      return DONE;
    });
    app.post('/__emulator/oauth_applications/update', (request) => {
      const { clientId, ...changes } = controlSchemas.oauthApplicationUpdate.parse(request.body);
      return core.oauthApplications.update(clientId, changes);
    });
    app.post('/__emulator/users/update', (request) => {
      const { user, ...changes } = controlSchemas.userUpdate.parse(request.body);
      return core.users.update(user, changes);
    });
    app.post('/__emulator/users/delete', (request) => {
      core.users.delete(controlSchemas.userDelete.parse(request.body).user);
      return DONE;
    });
    app.post('/__emulator/organizations/delete', (request) => {
      core.organizations.delete(controlSchemas.organizationDelete.parse(request.body).organization);
      return DONE;
    });
    app.post('/__emulator/invitations/accept', (request) => {
      const { invitation, user } = controlSchemas.invitationAccept.parse(request.body);
      return core.invitations.accept(invitation, user);
    });
    app.post('/__emulator/organization_memberships/delete', (request) => {
      const { organization, user } = controlSchemas.membershipDelete.parse(request.body);
      core.organizations.removeMember(organization, user);
      return DONE;
    });
    app.post('/__emulator/external_accounts/delete', (request) => {
      core.externalAccounts.disconnect(controlSchemas.externalAccountDelete.parse(request.body).id);
      return DONE;
    });
    app.post('/__emulator/sessions/status', (request) => {
      const { session, status } = controlSchemas.sessionStatus.parse(request.body);
      return core.sessions.setStatus(session, status);
    });
  };
}

/** Sets the target of webhooks and lists the deliveries. */
function webhookRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.post('/__emulator/webhook', (request) => {
      const target = controlSchemas.webhook.parse(request.body);
      core.webhooks.sendTo(target.url === null ? null : target);
      return { signingSecret: core.webhooks.signingSecret };
    });
    app.get('/__emulator/webhook', async () => {
      const { webhooks } = core;
      await webhooks.settled();
      return { signingSecret: webhooks.signingSecret, deliveries: webhooks.deliveries };
    });
  };
}

const DONE = { ok: true } as const;

/** Issues a token of the given kind. */
async function issueToken(
  issuer: TokenIssuer,
  kind: keyof typeof tokenSchemas,
  options: unknown,
): Promise<unknown> {
  switch (kind) {
    case 'oauth_access_token':
      return { token: await issuer.oauthAccessToken(tokenSchemas[kind].parse(options)) };
    case 'oauth_tokens':
      return issuer.oauthTokens(tokenSchemas[kind].parse(options));
    case 'session_token':
      return { token: await issuer.sessionToken(tokenSchemas[kind].parse(options)) };
    case 'id_token':
      return { token: await issuer.idToken(tokenSchemas[kind].parse(options)) };
    case 'jwt_template':
      return { token: await issuer.jwtTemplateToken(tokenSchemas[kind].parse(options)) };
    case 'jwt':
      return { token: await issuer.jwt(tokenSchemas[kind].parse(options)) };
  }
}

/** Why a request may not use the control surface; `undefined` when it may. */
function controlProblem(request: FastifyRequest): string | undefined {
  if (!/^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '')) {
    return 'The control surface serves loopback callers only.';
  }
  const site = request.headers['sec-fetch-site'];
  if (request.headers.origin !== undefined || (site !== undefined && site !== 'none')) {
    return 'The control surface does not serve web pages.';
  }
  return undefined;
}
