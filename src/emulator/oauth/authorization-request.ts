import type { EmulatorSwitches } from '../emulator-switches.js';
import { OAuthError, quoted, UntrustedAuthorizationRequestError } from '../emulator.errors.js';
import type { OAuthApplication, OAuthApplications } from '../instance/oauth-applications.js';
import {
  DEFAULT_REQUEST_SCOPES,
  parseScope,
  refuseForeignScopes,
  type Scopes,
} from '../instance/scopes.js';
import { matchesRedirectUri } from './redirect-uri.js';
import { refuseRepeatedParameters, resourceIndicators } from './request-parameters.js';

/** Where and how the authorization response is sent. */
export interface ResponseTarget {
  readonly redirectUri: string;
  readonly responseMode: 'query' | 'form_post';
  readonly state: string | null;
}

/** A valid authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1). */
export interface AuthorizationRequest extends ResponseTarget {
  readonly clientId: string;
  /** Whether the request has a `redirect_uri`; the token request then has to repeat it. */
  readonly redirectUriGiven: boolean;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly codeChallenge: string | null;
  readonly nonce: string | null;
  /** The values of `prompt`: each is known, and `none` stands alone. */
  readonly prompts: readonly string[];
}

/**
 * Reads the client and the target of the authorization response.
 *
 * @throws UntrustedAuthorizationRequestError
 */
export function readResponseTarget(
  applications: OAuthApplications,
  switches: Readonly<EmulatorSwitches>,
  parameters: URLSearchParams,
): { readonly application: OAuthApplication; readonly target: ResponseTarget } {
  const clientId = single(parameters, 'client_id');
  if (!clientId) throw new UntrustedAuthorizationRequestError('The request has no client_id.');
  const application = applications.find(clientId);
  if (!application) {
    throw new UntrustedAuthorizationRequestError(
      'No application has this client_id. If the emulator was restarted, the client has to register again.',
    );
  }
  return {
    application,
    target: {
      redirectUri: trustedRedirectUri(application, single(parameters, 'redirect_uri'), switches),
      responseMode: parameters.get('response_mode') === 'form_post' ? 'form_post' : 'query',
      state: parameters.get('state'),
    },
  };
}

/**
 * Reads the other parameters.
 *
 * @throws OAuthError which the caller sends to the client by a redirect
 */
export function readAuthorizationRequest(
  instanceScopes: Scopes,
  switches: Readonly<EmulatorSwitches>,
  parameters: URLSearchParams,
  application: OAuthApplication,
  target: ResponseTarget,
): AuthorizationRequest {
  refuseRepeatedParameters(parameters);
  if (parameters.get('response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'The response_type must be "code".');
  }
  const responseMode = parameters.get('response_mode') ?? 'query';
  if (responseMode !== 'query' && responseMode !== 'form_post') {
    throw new OAuthError('invalid_request', 'The response_mode must be "query" or "form_post".');
  }
  const codeChallenge = readCodeChallenge(parameters, application);
  if (codeChallenge === null && (target.state ?? '').length < MIN_STATE_LENGTH) {
    throw new OAuthError(
      'invalid_request',
      `Without PKCE, state must have at least ${MIN_STATE_LENGTH} characters.`,
    );
  }
  return {
    ...target,
    clientId: application.clientId,
    redirectUriGiven: parameters.has('redirect_uri'),
    scopes: readScopes(instanceScopes, parameters, application),
    resources: resourceIndicators(parameters, switches),
    codeChallenge,
    nonce: parameters.get('nonce'),
    prompts: readPrompts(parameters),
  };
}

/** Minimum for requests where `state` is the only protection against forged responses. */
const MIN_STATE_LENGTH = 8;
const PROMPTS: ReadonlySet<string> = new Set(['none', 'login', 'consent', 'select_account']);
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

function trustedRedirectUri(
  application: OAuthApplication,
  requested: string | undefined,
  switches: Readonly<EmulatorSwitches>,
): string {
  const [only, ...others] = application.redirectUris;
  if (requested === undefined) {
    if (only !== undefined && others.length === 0) return only;
    throw new UntrustedAuthorizationRequestError('The request has no redirect_uri.');
  }
  // The redirect URIs of a metadata document are exact.
  const ports = application.describedByDocument ? 'exact' : switches.loopbackRedirects;
  const { redirectUris } = application;
  if (redirectUris.some((uri) => matchesRedirectUri(uri, requested, ports))) return requested;
  throw new UntrustedAuthorizationRequestError(
    'The redirect_uri is not one that the application registered.',
  );
}

function single(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  if (values.length > 1) {
    throw new UntrustedAuthorizationRequestError(`The request repeats ${name}.`);
  }
  return values[0];
}

function readCodeChallenge(
  parameters: URLSearchParams,
  application: OAuthApplication,
): string | null {
  const challenge = parameters.get('code_challenge');
  if (challenge === null) {
    if (!application.pkceRequired && !parameters.has('code_challenge_method')) return null;
    throw new OAuthError('invalid_request', 'A code_challenge (PKCE) is required.');
  }
  if (parameters.get('code_challenge_method') !== 'S256') {
    throw new OAuthError('invalid_request', 'The code_challenge_method must be "S256".');
  }
  if (!S256_CHALLENGE.test(challenge)) {
    throw new OAuthError('invalid_request', 'The code_challenge is not a base64url SHA-256 hash.');
  }
  return challenge;
}

function readScopes(
  instanceScopes: Scopes,
  parameters: URLSearchParams,
  application: OAuthApplication,
): readonly string[] {
  const requested = parseScope(parameters.get('scope'));
  const scopes = requested.length > 0 ? requested : DEFAULT_REQUEST_SCOPES;
  refuseForeignScopes(instanceScopes, application, scopes);
  return scopes;
}

function readPrompts(parameters: URLSearchParams): readonly string[] {
  const prompts = parseScope(parameters.get('prompt'));
  const unknown = prompts.find((prompt) => !PROMPTS.has(prompt));
  if (unknown !== undefined) {
    throw new OAuthError('invalid_request', `The prompt ${quoted(unknown)} is not supported.`);
  }
  if (prompts.includes('none') && prompts.length > 1) {
    throw new OAuthError('invalid_request', 'The prompt "none" cannot be combined with others.');
  }
  return prompts;
}
