import type { FastifyRequest } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import type { OAuthApplication } from '../instance/oauth-applications.js';

/**
 * Identifies the client at the token, revocation and introspection endpoints: a public client by its
 * `client_id`, a confidential one by Basic or body credentials, which Clerk treats alike.
 *
 * @throws OAuthError `invalid_client` or `invalid_request`
 */
export function authenticateClient(
  core: EmulatorCore,
  request: FastifyRequest,
  form: URLSearchParams,
): OAuthApplication {
  const basic = basicCredentials(request.headers.authorization);
  const bodySecret = form.get('client_secret') || undefined;
  if (basic && bodySecret !== undefined) {
    throw new OAuthError(
      'invalid_request',
      'Send client credentials in the header or in the body, not in both.',
    );
  }
  const clientId = basic?.clientId ?? form.get('client_id') ?? '';
  const secret = basic?.secret ?? bodySecret;
  const challenge = basic ? 'Basic realm="clerk-emulator"' : undefined;

  const application = core.oauthApplications.find(clientId);
  if (!application) throw new OAuthError('invalid_client', 'The client is unknown.', challenge);
  if (basic && form.has('client_id') && form.get('client_id') !== clientId) {
    throw new OAuthError('invalid_request', 'The two client ids of the request differ.');
  }
  if (application.public) {
    if (secret === undefined) return application;
    throw new OAuthError('invalid_client', 'A public client has no client_secret.', challenge);
  }
  if (secret === undefined || !core.oauthApplications.hasSecret(clientId, secret)) {
    throw new OAuthError('invalid_client', 'The client_secret is missing or wrong.', challenge);
  }
  return application;
}

function basicCredentials(
  header: string | undefined,
): { readonly clientId: string; readonly secret: string | undefined } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) throw new OAuthError('invalid_client', 'The Basic credentials have no colon.');
  return {
    clientId: formDecode(decoded.slice(0, colon)),
    secret: formDecode(decoded.slice(colon + 1)) || undefined,
  };
}

/** RFC 6749 §2.3.1: both halves are form-encoded. */
function formDecode(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    throw new OAuthError('invalid_client', 'The Basic credentials are not form-encoded.');
  }
}
