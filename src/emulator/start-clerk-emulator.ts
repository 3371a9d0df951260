import { listAccounts } from './accounts.js';
import type { ClerkEmulator } from './clerk-emulator.js';
import { EmulatorCore } from './emulator-core.js';
import type { ClerkEmulatorOptions } from './emulator-options.js';
import { listen } from './http/emulator-server.js';
import { publishableKey } from './publishable-key.js';
import { resolveSettings } from './resolve-settings.js';
import { TokenIssuer } from './tokens/token-issuer.js';

/**
 * Starts a local stand-in for Clerk on loopback: an authorization server with sign-in and consent
 * pages, and the part of the Backend API that a resource server needs. It never starts in production.
 *
 * @throws EmulatorInProductionError, EmulatorLiveKeyError, EmulatorSecretKeyError,
 *   EmulatorNotLoopbackError, EmulatorPortInUseError
 * @example
 * ```ts
 * const clerk = await startClerkEmulator();
 * const client = createClerkClient({
 *   apiUrl: clerk.url,
 *   secretKey: clerk.secretKey,
 *   publishableKey: clerk.publishableKey,
 * });
 * const token = await clerk.issue.oauthAccessToken({ user: 'ada@example.com' });
 * await clerk.close();
 * ```
 */
export async function startClerkEmulator(
  options: ClerkEmulatorOptions = {},
): Promise<ClerkEmulator> {
  const settings = resolveSettings(options);
  const core = await EmulatorCore.create(settings);
  const server = await listen(core);
  if (settings.webhook) core.webhooks.sendTo(settings.webhook);
  const close = (): Promise<void> => {
    core.webhooks.close();
    return server.close();
  };

  return {
    url: core.url,
    publishableKey: publishableKey(core.url),
    secretKey: settings.secretKey,
    get accounts() {
      return listAccounts(core);
    },
    issue: new TokenIssuer(core),
    scopes: core.scopes,
    users: core.users,
    organizations: core.organizations,
    sessions: core.sessions,
    oauthApplications: core.oauthApplications,
    clientMetadata: core.clientMetadata,
    apiKeys: core.apiKeys,
    machines: core.machines,
    webhooks: core.webhooks,
    faults: core.faults,
    counters: core.counters,
    keys: core.keys,
    configure: (switches) => {
      Object.assign(settings.switches, switches);
    },
    reset: () => core.reset(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
