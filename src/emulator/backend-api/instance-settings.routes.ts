import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { NO_QUERY } from './request-input.js';

/** `/v1/instance/oauth_application_settings`: the switches of the emulator, in Clerk's words. */
export function instanceSettingsRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/instance/oauth_application_settings', NO_QUERY, () => settingsJson(core));
  };
}

function settingsJson(core: EmulatorCore): Record<string, unknown> {
  const { accessTokenFormat, dynamicClientRegistration } = core.settings.switches;
  return {
    object: 'oauth_application_settings',
    dynamic_oauth_client_registration: dynamicClientRegistration,
    oauth_jwt_access_tokens: accessTokenFormat === 'jwt',
  };
}
