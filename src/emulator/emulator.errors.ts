import { randomBytes } from 'node:crypto';

/** Codes of the errors that the API of the emulator throws. */
export type EmulatorErrorCode =
  | 'EMULATOR_DUPLICATE_RESOURCE'
  | 'EMULATOR_INVITATION_NOT_PENDING'
  | 'EMULATOR_IN_PRODUCTION'
  | 'EMULATOR_LIVE_KEY'
  | 'EMULATOR_NOT_LOOPBACK'
  | 'EMULATOR_PORT_IN_USE'
  | 'EMULATOR_SECRET_KEY'
  | 'EMULATOR_SEED'
  | 'EMULATOR_STATE'
  | 'EMULATOR_SWITCH'
  | 'EMULATOR_UNKNOWN_RESOURCE'
  | 'EMULATOR_WEBHOOK_TARGET';

/** Base class of the errors that the API of the emulator throws. */
export abstract class EmulatorError extends Error {
  /** Stable: messages may change, codes do not. */
  abstract readonly code: EmulatorErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The emulator was started in production. */
export class EmulatorInProductionError extends EmulatorError {
  readonly code = 'EMULATOR_IN_PRODUCTION';

  constructor() {
    super(
      'The local Clerk emulator does not start in production: anybody could sign in as anybody. ' +
        'Set CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY of a real Clerk application, or leave production mode.',
    );
  }
}

/** A key of a live Clerk instance was passed to the emulator or is set in its environment. */
export class EmulatorLiveKeyError extends EmulatorError {
  readonly code = 'EMULATOR_LIVE_KEY';

  constructor(kind: 'secret' | 'publishable') {
    super(
      `The local Clerk emulator does not start beside a live ${kind} key. ` +
        'Remove the key from this environment, or connect to the real Clerk instead of the emulator.',
    );
  }
}

/** The given secret key is not one that Clerk's SDKs accept. */
export class EmulatorSecretKeyError extends EmulatorError {
  readonly code = 'EMULATOR_SECRET_KEY';

  constructor() {
    super(
      'The secret key of the local Clerk emulator must start with sk_test_. Omit it to get a random one.',
    );
  }
}

/** The given host is not a loopback address, so other machines could reach the emulator. */
export class EmulatorNotLoopbackError extends EmulatorError {
  readonly code = 'EMULATOR_NOT_LOOPBACK';

  constructor(host: string) {
    super(
      `The local Clerk emulator listens on loopback only, not on ${JSON.stringify(host)}. ` +
        'Use 127.0.0.1 (a publishable key needs a host with a dot, so localhost and ::1 cannot be used).',
    );
  }
}

/** Another process already listens on the port. */
export class EmulatorPortInUseError extends EmulatorError {
  readonly code = 'EMULATOR_PORT_IN_USE';

  constructor(port: number, options: ErrorOptions) {
    super(
      `Port ${port} is in use, so the local Clerk emulator cannot listen on it. ` +
        'Stop the other process, choose another port, or use port 0 for any free one.',
      options,
    );
  }
}

/** A seed has unknown or invalid fields, or its entries contradict each other. */
export class EmulatorSeedError extends EmulatorError {
  readonly code = 'EMULATOR_SEED';

  /** @param problems each names its entry first: `memberships[2].user: …` */
  constructor(readonly problems: readonly string[]) {
    super(
      `The seed of the local Clerk emulator does not fit:\n${problems.map((one) => `  ${one}`).join('\n')}`,
    );
  }
}

/** A state file does not exist, or cannot be used. */
export class EmulatorStateError extends EmulatorError {
  readonly code = 'EMULATOR_STATE';

  /** @param problem continues a sentence about the file, and tells the cure */
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`The state ${file} ${problem}`, options);
  }
}

/** A switch has a value that it cannot have, or names a scope that the instance does not have. */
export class EmulatorSwitchError extends EmulatorError {
  readonly code = 'EMULATOR_SWITCH';

  constructor(problem: string) {
    super(`A switch of the local Clerk emulator cannot be set so:\n${problem}`);
  }
}

/** The target of webhooks is on another machine. */
export class EmulatorWebhookTargetError extends EmulatorError {
  readonly code = 'EMULATOR_WEBHOOK_TARGET';

  constructor(url: string) {
    super(
      `The local Clerk emulator sends webhooks to this machine only, not to ${JSON.stringify(url)}. ` +
        'Use an http or https URL on 127.0.0.1, localhost or [::1].',
    );
  }
}

/** The named user, organization, session or other object does not exist in the emulator. */
export class EmulatorUnknownResourceError extends EmulatorError {
  readonly code = 'EMULATOR_UNKNOWN_RESOURCE';

  constructor(kind: string, name: string) {
    super(
      `The local Clerk emulator has no ${kind} ${JSON.stringify(name)}. Create it before using it.`,
    );
  }
}

/** The id or the unique name of a new object is in use. */
export class EmulatorDuplicateResourceError extends EmulatorError {
  readonly code = 'EMULATOR_DUPLICATE_RESOURCE';

  constructor(kind: string, name: string) {
    super(
      `The local Clerk emulator already has the ${kind} ${JSON.stringify(name)}. Choose another name.`,
    );
  }
}

/** The invitation is accepted, revoked or expired. */
export class EmulatorInvitationError extends EmulatorError {
  readonly code = 'EMULATOR_INVITATION_NOT_PENDING';

  constructor(id: string, status: string) {
    super(
      `The invitation ${JSON.stringify(id)} is ${status}; only a pending one can be accepted or revoked. Create another one.`,
    );
  }
}

/** Error codes of RFC 6749, 6750, 7009, 7591, 8707 and OpenID Connect that the emulator sends. */
type OAuthErrorCode =
  | 'access_denied'
  | 'consent_required'
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'login_required'
  | 'server_error'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type';

/** Codes that Clerk answers with 401; every other one has 400. */
const UNAUTHORIZED: ReadonlySet<OAuthErrorCode> = new Set([
  'invalid_client',
  'unsupported_grant_type',
]);

/** An error response of an OAuth endpoint: `{error, error_description}`. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly status: number;

  constructor(
    readonly code: OAuthErrorCode,
    message: string,
    /** Value of the `WWW-Authenticate` header. Default: no such header. */
    readonly challenge?: string,
    status?: number,
  ) {
    super(message);
    this.status = status ?? (UNAUTHORIZED.has(code) ? 401 : 400);
  }

  toJSON(): { readonly error: OAuthErrorCode; readonly error_description: string } {
    return { error: this.code, error_description: this.message };
  }
}

/** RFC 6749 §4.1.2.1: a description is printable ASCII without quotes and backslashes. */
export function quoted(value: string): string {
  return `'${value.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, 80)}'`;
}

/**
 * An authorization request whose client or redirect URI is not trusted. It gets an error page, because
 * a redirect would send the browser to an address that nobody registered.
 */
export class UntrustedAuthorizationRequestError extends Error {
  override readonly name = 'UntrustedAuthorizationRequestError';
  readonly code = 'UNTRUSTED_AUTHORIZATION_REQUEST';
}

/** Error codes of Clerk's Backend API that the emulator sends. */
type ClerkApiErrorCode =
  | 'already_a_member_in_organization'
  | 'authentication_invalid'
  | 'authorization_invalid'
  | 'clerk_key_invalid'
  | 'emulator_unsupported_parameter'
  | 'emulator_unsupported_route'
  | ParameterErrorCode
  | 'internal_clerk_error'
  | 'invitation_not_pending'
  | 'machine_secret_key_invalid'
  | 'organization_membership_quota_exceeded'
  | 'request_invalid'
  | 'resource_conflict'
  | 'resource_not_found'
  | 'ticket_invalid'
  | 'token_not_pending'
  | OAuthErrorCode;

/** Error codes of a query parameter or a field of a body. */
type ParameterErrorCode =
  | 'duplicate_record'
  | 'form_identifier_exists'
  | 'form_param_duplicate'
  | 'form_param_format_invalid'
  | 'form_param_missing'
  | 'form_param_unknown'
  | 'form_param_value_invalid';

/** An error response of the Backend API, in Clerk's form. */
export class ClerkApiError extends Error {
  override readonly name = 'ClerkApiError';

  constructor(
    readonly status: number,
    readonly code: ClerkApiErrorCode,
    message: string,
    /** Details, such as `param_name`. */
    readonly meta: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** @param problem continues a sentence that begins with the name, such as `must be included` */
  static parameter(code: ParameterErrorCode, name: string, problem: string): ClerkApiError {
    return new ClerkApiError(422, code, `${name}: ${problem}`, { param_name: name });
  }

  /** Clerk has, or may have, this query parameter, value or field; the emulator does not. */
  static unsupportedParameter(name: string): ClerkApiError {
    return new ClerkApiError(
      501,
      'emulator_unsupported_parameter',
      `The emulator does not have the parameter ${JSON.stringify(name)}, or not with this value.`,
      { param_name: name },
    );
  }

  /** @param resource such as `The user` */
  static notFound(resource: string): ClerkApiError {
    return new ClerkApiError(404, 'resource_not_found', `${resource} was not found.`);
  }

  toJSON(): Record<string, unknown> {
    const { code, message, meta } = this;
    return {
      errors: [{ code, message, long_message: message, meta }],
      clerk_trace_id: randomBytes(16).toString('hex'),
    };
  }
}
