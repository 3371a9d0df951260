import { randomBytes } from 'node:crypto';

/** The stand-in was asked to start in production. */
export class EmulatorInProductionError extends Error {
  readonly code = 'EMULATOR_IN_PRODUCTION';

  constructor() {
    super(
      'The local stand-in for Clerk does not start in production: anybody could sign in as anybody. ' +
        'Set CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY of a real Clerk application, or leave production mode.',
    );
    this.name = 'EmulatorInProductionError';
  }
}

/** A key of a live Clerk instance was given to, or seen by, the stand-in. */
export class EmulatorLiveKeyError extends Error {
  readonly code = 'EMULATOR_LIVE_KEY';

  constructor(kind: 'secret' | 'publishable') {
    super(
      `The local stand-in for Clerk does not start beside a live ${kind} key. ` +
        'Remove the key from this environment, or connect to the real Clerk instead of the stand-in.',
    );
    this.name = 'EmulatorLiveKeyError';
  }
}

/** A secret key that no Clerk SDK would accept was given. */
export class EmulatorSecretKeyError extends Error {
  readonly code = 'EMULATOR_SECRET_KEY';

  constructor() {
    super(
      'The secret key of the stand-in must start with sk_test_. Leave it out to get a random one.',
    );
    this.name = 'EmulatorSecretKeyError';
  }
}

/** The stand-in was asked to listen where other machines could reach it. */
export class EmulatorNotLoopbackError extends Error {
  readonly code = 'EMULATOR_NOT_LOOPBACK';

  constructor(host: string) {
    super(
      `The local stand-in for Clerk listens on loopback only, not on ${JSON.stringify(host)}. ` +
        'Use 127.0.0.1 (a publishable key needs a host with a dot, so localhost and ::1 cannot be used).',
    );
    this.name = 'EmulatorNotLoopbackError';
  }
}

/** Another process listens on the port already. */
export class EmulatorPortInUseError extends Error {
  readonly code = 'EMULATOR_PORT_IN_USE';

  constructor(port: number, options: ErrorOptions) {
    super(
      `Port ${port} is taken, so the local stand-in for Clerk cannot listen on it. ` +
        'Stop the other process, choose another port, or use port 0 for any free one.',
      options,
    );
    this.name = 'EmulatorPortInUseError';
  }
}

/** A seed does not have the form of one. */
export class EmulatorSeedError extends Error {
  readonly code = 'EMULATOR_SEED';

  constructor(problems: string) {
    super(`The seed of the stand-in does not fit:\n${problems}`);
    this.name = 'EmulatorSeedError';
  }
}

/** Webhooks were to go to another machine. */
export class EmulatorWebhookTargetError extends Error {
  readonly code = 'EMULATOR_WEBHOOK_TARGET';

  constructor(url: string) {
    super(
      `The local stand-in for Clerk sends webhooks to this machine only, not to ${JSON.stringify(url)}. ` +
        'Use an http or https URL on 127.0.0.1, localhost or [::1].',
    );
    this.name = 'EmulatorWebhookTargetError';
  }
}

/** A user, organization, session or other object was named that the stand-in does not hold. */
export class EmulatorUnknownResourceError extends Error {
  readonly code = 'EMULATOR_UNKNOWN_RESOURCE';

  constructor(kind: string, name: string) {
    super(`The stand-in holds no ${kind} ${JSON.stringify(name)}. Create it first.`);
    this.name = 'EmulatorUnknownResourceError';
  }
}

/** An object was created whose id or unique name is taken. */
export class EmulatorDuplicateResourceError extends Error {
  readonly code = 'EMULATOR_DUPLICATE_RESOURCE';

  constructor(kind: string, name: string) {
    super(`The stand-in already holds a ${kind} ${JSON.stringify(name)}. Choose another name.`);
    this.name = 'EmulatorDuplicateResourceError';
  }
}

/** Error codes of RFC 6749, 6750, 7009, 7591, 8707 and OpenID Connect that the stand-in uses. */
export type OAuthErrorCode =
  | 'access_denied'
  | 'consent_required'
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_token'
  | 'login_required'
  | 'server_error'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type';

/** A refusal that a client reads as `{error, error_description}`. */
export class OAuthError extends Error {
  readonly status: number;

  constructor(
    readonly code: OAuthErrorCode,
    message: string,
    /** Value of `WWW-Authenticate`, when the answer carries one. */
    readonly challenge?: string,
    status?: number,
  ) {
    super(message);
    this.name = 'OAuthError';
    this.status = status ?? (code === 'invalid_client' || code === 'invalid_token' ? 401 : 400);
  }

  toJSON(): { readonly error: OAuthErrorCode; readonly error_description: string } {
    return { error: this.code, error_description: this.message };
  }
}

/** A refusal in the shape of Clerk's Backend API. */
export class ClerkApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ClerkApiError';
  }

  static notFound(what: string): ClerkApiError {
    return new ClerkApiError(404, 'resource_not_found', `${what} was not found.`);
  }

  toJSON(): Record<string, unknown> {
    const { code, message } = this;
    return {
      errors: [{ code, message, long_message: message, meta: {} }],
      clerk_trace_id: randomBytes(16).toString('hex'),
    };
  }
}
