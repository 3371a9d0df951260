import { isDocument, describeAnswer, type ProbeResult } from '../../probe.js';
import { defaultScopesIn } from '../check-scopes.js';
import { failure, ok, warning } from '../report.js';
import { knock } from './authorization.js';
import type { Findings } from './findings.js';
import { bodyOf, type LiveInstance } from './live-instance.js';

/** Clerk's own scopes; every other one in the metadata is a custom scope. */
export const CLERK_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'email',
  'offline_access',
  'public_metadata',
  'private_metadata',
  'user:org:read',
];

/** Reads both metadata documents and the settings of the instance. */
export async function checkMetadata(instance: LiveInstance, findings: Findings): Promise<void> {
  const [server, openid, settings] = await Promise.all([
    instance.frontend('/.well-known/oauth-authorization-server'),
    instance.frontend('/.well-known/openid-configuration'),
    instance.backend('/v1/instance/oauth_application_settings'),
  ]);
  readSettings(settings, findings);
  if (!isDocument(server)) {
    const reason = 'The metadata of the authorization server cannot be read.';
    findings.missed(reason, 'clientIdMetadataDocuments', 'advertisedScopes');
    findings.add(failure('live-metadata', describeAnswer(server), DOMAIN_CURE));
    return;
  }
  const { json } = server;
  const scopes = textsIn(json['scopes_supported']);
  const clientMetadataAdvertised = json['client_id_metadata_document_supported'] === true;
  findings.facts.metadata = {
    authorizationServer: namesIn(server),
    openidConfiguration: namesIn(openid),
    issAdvertised: json['authorization_response_iss_parameter_supported'] === true,
    clientMetadataAdvertised,
    registrationAdvertised: typeof json['registration_endpoint'] === 'string',
    tokenEndpointAuthMethods: textsIn(json['token_endpoint_auth_methods_supported']),
    grantTypes: textsIn(json['grant_types_supported']),
    scopes,
  };
  findings.saw({
    clientIdMetadataDocuments: clientMetadataAdvertised,
    advertisedScopes: scopes.filter((scope) => !CLERK_SCOPES.includes(scope)),
  });
  findings.add(
    json['issuer'] === instance.issuer
      ? ok('live-metadata', `The authorization server advertises ${scopes.join(' ')}`)
      : failure('live-metadata', `${server.url} names another issuer`, DOMAIN_CURE),
    ...(isDocument(openid)
      ? []
      : [warning('live-openid-configuration', describeAnswer(openid), 'Clerk publishes it.')]),
  );
}

const DOMAIN_CURE = 'Set CLERK_DOMAIN or CLERK_PUBLISHABLE_KEY to the instance.';

/**
 * Finds the scopes that the instance allows to clients with a metadata document (CIMD).
 *
 * @param documentUrl the `client_id` of such a client
 */
export async function checkClientMetadata(
  instance: LiveInstance,
  findings: Findings,
  documentUrl: string | undefined,
): Promise<void> {
  if (findings.switches.clientIdMetadataDocuments !== true) {
    return findings.missed('The instance advertises no CIMD.', 'clientMetadataScopes');
  }
  if (documentUrl === undefined) {
    return findings.missed(
      'Pass --client-metadata with the URL of a client.',
      'clientMetadataScopes',
    );
  }
  const document = await instance.get(documentUrl);
  const [redirectUri] = textsIn(bodyOf(document)['redirect_uris']);
  if (!isDocument(document) || redirectUri === undefined) {
    findings.missed('The document of the client cannot be read.', 'clientMetadataScopes');
    const cure = 'Pass the https URL of a client metadata document with redirect_uris.';
    findings.add(warning('live-client-metadata', describeAnswer(document), cure));
    return;
  }
  // The instance records an unknown client by itself. One that was there before stays.
  if ((await instance.application(documentUrl)) === undefined) instance.adopt(documentUrl);
  const candidates = [...CLERK_SCOPES, ...(findings.switches.advertisedScopes ?? [])];
  const allowed: string[] = [];
  for (const scope of candidates.slice(0, MAX_SCOPES)) {
    const answer = await knock(instance, { clientId: documentUrl, redirectUri, scope });
    if (answer.outcome === 'accepted') allowed.push(scope);
    else if (answer.error !== 'invalid_scope') {
      findings.missed(`A client with the document got ${answer.error}.`, 'clientMetadataScopes');
      const cure = 'Allow clients with metadata documents in the dashboard.';
      findings.add(warning('live-client-metadata', `The client got ${answer.error}`, cure));
      return;
    }
  }
  findings.facts.clientMetadata = { scopes: allowed };
  findings.saw({ clientMetadataScopes: allowed });
  const list = allowed.join(' ') || 'no scope';
  const among = "of Clerk's scopes and the advertised ones";
  findings.add(
    ok('live-client-metadata', `Clients with a metadata document may ask for ${list} (${among})`),
  );
}

const MAX_SCOPES = 60;

function readSettings(result: ProbeResult, findings: Findings): void {
  if (!isDocument(result)) {
    const cure = 'Compare CLERK_SECRET_KEY with the API keys page of the dashboard.';
    findings.add(warning('live-settings', describeAnswer(result), cure));
    return;
  }
  const flag = (value: unknown) => (typeof value === 'boolean' ? value : undefined);
  const settings = {
    dynamicClientRegistration: flag(result.json['dynamic_oauth_client_registration']),
    jwtAccessTokens: flag(result.json['oauth_jwt_access_tokens']),
    defaultScopes: defaultScopesIn(result.json),
  };
  findings.facts.settings = settings;
  const { dynamicClientRegistration, jwtAccessTokens, defaultScopes } = settings;
  if (defaultScopes !== undefined) findings.saw({ defaultScopes: [...defaultScopes] });
  if (dynamicClientRegistration !== undefined) findings.saw({ dynamicClientRegistration });
  if (jwtAccessTokens !== undefined) {
    findings.saw({ accessTokenFormat: jwtAccessTokens ? 'jwt' : 'opaque' });
  }
}

function namesIn(result: ProbeResult): readonly string[] {
  return isDocument(result) ? Object.keys(result.json).slice(0, MAX_NAMES) : [];
}

/** The texts of a list in a document; a list may be absent, too long, or contain anything. */
export function textsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const texts = (value as readonly unknown[]).filter((one) => typeof one === 'string');
  return texts.filter((text) => text.length <= MAX_TEXT).slice(0, MAX_NAMES);
}

const MAX_NAMES = 100;
const MAX_TEXT = 1_024;
