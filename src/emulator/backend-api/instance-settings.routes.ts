import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { DEFAULT_SWITCHES, type EmulatorSwitches } from '../emulator-switches.js';
import { ClerkApiError } from '../emulator.errors.js';
import { NO_QUERY, parseInput } from './request-input.js';

/** `/v1/instance/oauth_application_settings`: switches of the emulator, in Clerk's words. */
export function instanceSettingsRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get(PATH, NO_QUERY, () => settingsJson(core));
    app.patch(PATH, NO_QUERY, ({ body }) => {
      core.configure(changesOf(core, body));
      return settingsJson(core);
    });
  };
}

const PATH = '/v1/instance/oauth_application_settings';

const flag = z.boolean().nullish();
/** Only `false`: the emulator does not record which clients came by themselves. */
const off = flag.refine((value) => value !== true, { params: { isUnsupported: true } });

const Settings = z.strictObject({
  dynamic_oauth_client_registration: flag,
  /** `null` restores the scopes of a new instance. */
  default_scopes: z.array(z.string()).nullish(),
  oauth_jwt_access_tokens: flag,
  client_id_metadata_documents_advertised: flag,
  client_id_metadata_documents_only_allow_pre_registered_clients: off,
  client_id_metadata_documents_block_implicitly_allowed_clients: off,
});

/** `null` leaves a flag as it is. */
function changesOf(core: EmulatorCore, body: unknown): Partial<EmulatorSwitches> {
  const {
    dynamic_oauth_client_registration: registration,
    default_scopes: scopes,
    oauth_jwt_access_tokens: jwt,
    client_id_metadata_documents_advertised: documents,
  } = parseInput(Settings, body);
  const unknown = scopes?.find((scope) => !core.scopes.has(scope));
  if (unknown !== undefined) {
    const problem = `the instance does not have the scope ${unknown}`;
    throw ClerkApiError.parameter('form_param_value_invalid', 'default_scopes', problem);
  }
  return {
    ...(typeof registration === 'boolean' ? { dynamicClientRegistration: registration } : {}),
    ...(scopes === undefined
      ? {}
      : { defaultScopes: scopes === null ? DEFAULT_SWITCHES.defaultScopes : unique(scopes) }),
    ...(typeof jwt === 'boolean' ? { accessTokenFormat: jwt ? 'jwt' : 'opaque' } : {}),
    ...(typeof documents === 'boolean' ? { clientIdMetadataDocuments: documents } : {}),
  };
}

function settingsJson({ settings }: EmulatorCore): Record<string, unknown> {
  const { switches } = settings;
  return {
    object: 'oauth_application_settings',
    dynamic_oauth_client_registration: switches.dynamicClientRegistration,
    default_scopes: unique(switches.defaultScopes),
    oauth_jwt_access_tokens: switches.accessTokenFormat === 'jwt',
    client_id_metadata_documents_advertised: switches.clientIdMetadataDocuments,
    client_id_metadata_documents_only_allow_pre_registered_clients: false,
    client_id_metadata_documents_block_implicitly_allowed_clients: false,
  };
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
