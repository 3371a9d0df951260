import { createPrivateMember } from '../../request/private-member.js';
import type { Principal } from '../../request/principal.js';
import { carrierOf } from '../../request/request-record.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { ClerkDirectory } from '../api/clerk-directory.js';

/** A verified token, and the resource that it was verified for. */
export interface Credential {
  readonly token: string;
  /** Identifier of the protected resource. */
  readonly resource: string;
}

/** The authentication of one request. */
export interface RequestAuthentication {
  /** The authenticator that ran. Another one does not trust its result. */
  readonly authenticator: object;
  /** Path of the protected resource, if it was given. */
  readonly path: string | undefined;
  /** Identifier of the protected resource. */
  readonly resource: string;
  /** For parameter decorators, which Nest cannot inject into. */
  readonly directory: ClerkDirectory;
  principal: MaybePromise<Principal | undefined>;
  /** Why the request was refused, if it was. */
  failure: { readonly error: unknown } | undefined;
  credential: Credential | undefined;
}

/** The authentication of a request; `undefined` before it is authenticated. */
export function authenticationOf(request: object): RequestAuthentication | undefined {
  return AUTHENTICATIONS.get(carrierOf(request));
}

/** Stores the authentication of a request. Logs and copies of the request do not contain it. */
export function keepAuthentication(request: object, authentication: RequestAuthentication): void {
  AUTHENTICATIONS.set(carrierOf(request), authentication);
}

/**
 * Stores the credential of a principal, which outlives its requests. Logs and copies of the principal do
 * not contain it.
 */
export function keepCredential(principal: Principal, credential: Credential): void {
  CREDENTIALS.set(principal, credential);
}

/** The credential of a principal, if it has one. */
export function credentialOf(principal: Principal): Credential | undefined {
  return CREDENTIALS.get(principal);
}

const AUTHENTICATIONS = createPrivateMember<RequestAuthentication>();
const CREDENTIALS = createPrivateMember<Credential>();
