import type { Refusal } from './refusal.js';
import { scopesToRequest } from './scopes.js';

/**
 * Creates the HTTP response to a refused request. The authentication module provides it; every protected
 * resource uses it.
 */
export abstract class RefusalResponder {
  /**
   * @param path of the protected resource that was requested. Default: the primary one
   * @param host that the request names, in lower case. Anybody can write anything there
   */
  abstract answer(refusal: Refusal, path?: string, host?: string): RefusalAnswer;
}

/** The HTTP response to a refused request. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The default without an authentication module: challenges of RFC 6750 without metadata. */
export class BearerRefusalResponder extends RefusalResponder {
  answer(refusal: Refusal): RefusalAnswer {
    switch (refusal.reason) {
      case 'unauthenticated':
        return answer(401, 'unauthorized', { 'www-authenticate': 'Bearer' });
      case 'token_expired':
      case 'invalid_token':
        return answer(401, refusal.reason, { 'www-authenticate': 'Bearer error="invalid_token"' });
      case 'insufficient_scope': {
        const scope = scopesToRequest(refusal).join(' ');
        const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
        return answer(403, refusal.reason, { 'www-authenticate': challenge });
      }
      case 'reverification':
      case 'forbidden':
        return answer(403, refusal.reason, {});
      case 'misconfigured':
        return answer(500, 'server_error', {});
      case 'too_many_requests':
        return answer(429, refusal.reason, { 'retry-after': String(refusal.retryAfter) });
      case 'unavailable':
        return answer(503, 'temporarily_unavailable', {
          'retry-after': String(refusal.retryAfter),
        });
    }
  }
}

function answer(status: number, error: string, headers: Record<string, string>): RefusalAnswer {
  return { status, headers: { ...headers, 'cache-control': 'no-store' }, body: { error } };
}
