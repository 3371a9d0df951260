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
