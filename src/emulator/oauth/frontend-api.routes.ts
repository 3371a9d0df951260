import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import type { FaultsUnderWay } from '../http/fault-injection.js';
import { authorizeRoutes } from './authorize.routes.js';
import { consentRoutes } from './consent.routes.js';
import { allowBrowserClients } from './cors.js';
import { discoveryRoutes } from './discovery.routes.js';
import { introspectionRoutes } from './introspection.routes.js';
import { answerOAuthErrors } from './oauth-errors.js';
import { registrationRoutes } from './registration.routes.js';
import { revocationRoutes } from './revocation.routes.js';
import { signInRoutes } from './sign-in.routes.js';
import { tokenRoutes } from './token.routes.js';
import { userinfoRoutes } from './userinfo.routes.js';

/** Clerk's Frontend API, as far as it is an OAuth authorization server. */
export function frontendApi(core: EmulatorCore, faults: FaultsUnderWay): FastifyPluginAsync {
  return async (app) => {
    answerOAuthErrors(app);
    await app.register(async (endpoints) => {
      allowBrowserClients(endpoints);
      await endpoints.register(discoveryRoutes(core));
      await endpoints.register(registrationRoutes(core));
      await endpoints.register(tokenRoutes(core, faults));
      await endpoints.register(userinfoRoutes(core));
      await endpoints.register(introspectionRoutes(core));
      await endpoints.register(revocationRoutes(core));
    });
    await app.register(authorizeRoutes(core));
    await app.register(signInRoutes(core));
    await app.register(consentRoutes(core));
  };
}
