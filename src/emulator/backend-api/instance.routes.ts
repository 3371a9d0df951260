import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';

/** `/v1/instance`: what is switched on. */
export function instanceRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/instance/oauth_application_settings', () => {
      const { accessTokenFormat, dynamicClientRegistration } = core.settings.switches;
      return {
        object: 'oauth_application_settings',
        dynamic_oauth_client_registration: dynamicClientRegistration,
        oauth_jwt_access_tokens: accessTokenFormat === 'jwt',
      };
    });
  };
}
