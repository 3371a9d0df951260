import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { listAccounts } from '../accounts.js';
import type { EmulatorCore } from '../emulator-core.js';
import { acceptJson } from '../http/body-parsers.js';
import { controlProblem } from '../http/loopback.js';
import { publishableKey } from '../publishable-key.js';
import { TokenIssuer } from '../tokens/token-issuer.js';
import { tokenSchemas } from '../tokens/token-options.js';
import { changeRoutes } from './change.routes.js';
import { controlSchemas } from './control-schemas.js';
import type { EndpointGroup } from './endpoint-groups.js';
import type { FaultOf } from './faults.js';
import { issueByKind } from './issue-by-kind.js';

/**
 * The control surface: what the typed API does, for another process. JSON in, JSON out, under
 * `/__emulator`; members are named as in the typed API. See the entry of this room for the list.
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
      const { message, code } = describe(error);
      return reply.code(code === 'INTERNAL' ? 500 : 400).send({ error: code, message });
    });

    // Not before the hook above: what is registered earlier does not have it.
    await app.register(changeRoutes(core));

    app.get('/__emulator', () => ({
      url: core.url,
      publishableKey: publishableKey(core.url),
      accounts: listAccounts(core),
      switches: core.settings.switches,
      faults: core.faults.active(),
    }));
    app.get('/__emulator/counters', () => core.counters.all());
    app.post('/__emulator/counters/reset', () => done(core.counters.reset()));
    // Whoever may come here can do all that the key can.
    app.post('/__emulator/secret_key', () => ({ secretKey: core.settings.secretKey }));
    app.post('/__emulator/reset', () => done(core.reset()));
    app.post('/__emulator/switches', (request) =>
      Object.assign(core.settings.switches, controlSchemas.switches.parse(request.body)),
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
      return issueByKind(issuer, kind, options);
    });
    app.post('/__emulator/users', (request) =>
      core.users.create(controlSchemas.user.parse(request.body)),
    );
    app.post('/__emulator/organizations', (request) =>
      core.organizations.create(controlSchemas.organization.parse(request.body)),
    );
    app.post('/__emulator/organization_memberships', (request) =>
      core.organizations.addMember(controlSchemas.membership.parse(request.body)),
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
    app.post('/__emulator/m2m_tokens', (request) =>
      core.machines.createToken(controlSchemas.m2mToken.parse(request.body)),
    );
  };
}

const TokenRequest = z.looseObject({
  kind: z.enum(Object.keys(tokenSchemas) as (keyof typeof tokenSchemas)[]),
});

async function rotateKeys(
  core: EmulatorCore,
  keepPrevious: boolean | undefined,
): Promise<{ readonly kid: string }> {
  return { kid: await core.keys.rotate(keepPrevious) };
}

function done(_result: void): { readonly ok: true } {
  return { ok: true };
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof z.ZodError) return { code: 'INVALID_BODY', message: z.prettifyError(error) };
  if (error instanceof Error && 'code' in error) {
    return { code: String(error.code), message: error.message };
  }
  if (error instanceof Error && 'statusCode' in error) {
    return { code: 'INVALID_BODY', message: error.message };
  }
  return { code: 'INTERNAL', message: 'The stand-in failed.' };
}
