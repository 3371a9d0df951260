import { createServer } from 'node:http';
import { type Configuration, Provider } from 'oidc-provider';
import { startClerkEmulator } from '../../../src/emulator/index.js';
import { freePort } from '../../support/free-port.js';

/** An authorization server whose user signs in and consents to every request. */
export interface AuthorizationServer {
  readonly issuer: string;
  close(): Promise<void>;
}

/** The emulator, and an independent implementation of the same standards. */
export const AUTHORIZATION_SERVERS = [
  ['the emulator', startEmulator],
  ['oidc-provider', startOidcProvider],
] as const satisfies readonly (readonly [string, () => Promise<AuthorizationServer>])[];

async function startEmulator(): Promise<AuthorizationServer> {
  const { url, close } = await startClerkEmulator();
  return { issuer: url, close };
}

async function startOidcProvider(): Promise<AuthorizationServer> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, CONFIGURATION);
  const callback = provider.callback();
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void callback(request, response);
    void allowEverything(provider, request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { issuer, close };
}

/** Signs in and consents, in place of the pages. */
async function allowEverything(
  provider: Provider,
  ...[request, response]: Parameters<Provider['interactionDetails']>
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const login = { accountId: ACCOUNT };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = new provider.Grant({
    accountId: session?.accountId ?? ACCOUNT,
    clientId: String(params['client_id']),
  });
  const scope = String(params['scope']);
  grant.addOIDCScope(scope);
  for (const resource of [params['resource'] ?? []].flat()) {
    grant.addResourceScope(String(resource), scope);
  }
  const consent = { grantId: await grant.save() };
  const merge = { mergeWithLastSubmission: true };
  return provider.interactionFinished(request, response, { consent }, merge);
}

const ACCOUNT = 'ada';

const CONFIGURATION: Configuration = {
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    revocation: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => [],
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => ({
        scope: 'openid profile email offline_access',
        audience: resource,
        accessTokenFormat: 'jwt',
      }),
    },
  },
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  pkce: { required: () => true },
  cookies: { keys: ['of a test'] },
  rotateRefreshToken: true,
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  findAccount: (_context, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, email: 'ada@example.com' }),
  }),
};
