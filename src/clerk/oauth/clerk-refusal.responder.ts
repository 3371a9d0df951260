import { Inject, Injectable } from '@nestjs/common';
import { reverificationError } from '@clerk/backend/internal';
import { RefusalResponder, type RefusalAnswer } from '../../access/refusal-responder.js';
import { type Refusal, describeOutage } from '../../access/refusal.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import type { Reverification } from '../../access/access-rule.js';
import type { ProtectedResource } from '../protected-resources.js';

/** Creates the HTTP response to a refusal, for the requested protected resource. */
@Injectable()
export class ClerkRefusalResponder extends RefusalResponder {
  private readonly primary: ResourceRefusals;
  private readonly byPath: ReadonlyMap<string, ResourceRefusals>;

  constructor(@Inject(CLERK_OPTIONS) options: ResolvedClerkOptions) {
    super();
    this.primary = new ResourceRefusals(options);
    this.byPath = new Map(
      [...options.resources].map(([path, resource]) => [path, new ResourceRefusals(resource)]),
    );
  }

  override answer(refusal: Refusal, path?: string): RefusalAnswer {
    const refusals = path === undefined ? undefined : this.byPath.get(path);
    return (refusals ?? this.primary).answer(refusal);
  }
}

/**
 * HTTP responses of one protected resource: status codes and challenges of RFC 6750 §3. Each challenge
 * names the resource metadata (RFC 9728 §5.1), so that a client can start the authorization.
 */
class ResourceRefusals {
  private readonly metadataURL: string;
  private readonly scope: string;
  private readonly unauthenticated: RefusalAnswer;
  private readonly expired: RefusalAnswer;

  constructor({ metadataURL, scopes }: ProtectedResource) {
    this.metadataURL = metadataURL;
    this.scope = scopes.join(' ');
    this.unauthenticated = answer(401, 'unauthorized', 'An access token is required.', {
      // RFC 6750 §3.1: a request without a token gets no error code.
      'WWW-Authenticate': formatChallenge({
        resource_metadata: this.metadataURL,
        scope: this.scope,
      }),
    });
    this.expired = this.badToken('token_expired', 'The access token expired.');
  }

  answer(refusal: Refusal): RefusalAnswer {
    switch (refusal.reason) {
      case 'unauthenticated':
        return this.unauthenticated;
      case 'token_expired':
        return this.expired;
      case 'invalid_token':
        return this.badToken('invalid_token', refusal.description);
      case 'insufficient_scope':
        return this.stepUp(refusal.scopes.join(' '));
      case 'reverification':
        return verifyOnceMore(refusal.reverification);
      case 'forbidden':
        return answer(403, 'forbidden', refusal.description);
      case 'misconfigured':
        return MISCONFIGURED;
      case 'too_many_requests':
        return answer(
          429,
          'too_many_requests',
          `Too many requests. Try again in ${refusal.retryAfter} seconds.`,
          { 'Retry-After': String(refusal.retryAfter) },
        );
      case 'unavailable':
        return answer(
          503,
          'temporarily_unavailable',
          `${describeOutage(refusal)} Try again later.`,
          { 'Retry-After': String(refusal.retryAfter) },
        );
    }
  }

  private badToken(error: string, description: string): RefusalAnswer {
    return answer(401, error, description, {
      'WWW-Authenticate': formatChallenge({
        error: 'invalid_token',
        error_description: description,
        resource_metadata: this.metadataURL,
        scope: this.scope,
      }),
    });
  }

  private stepUp(scope: string): RefusalAnswer {
    const description = 'The access token was not granted every scope that this needs.';
    const refusal = answer(403, 'insufficient_scope', description, {
      'WWW-Authenticate': formatChallenge({
        error: 'insufficient_scope',
        error_description: description,
        resource_metadata: this.metadataURL,
        scope,
      }),
    });
    return { ...refusal, body: { ...refusal.body, scope } };
  }
}

const MISCONFIGURED = answer(500, 'server_error', 'Authentication service misconfigured');

/** The body that Clerk's components read: they let the user verify, and repeat the request. */
function verifyOnceMore(reverification: Reverification): RefusalAnswer {
  const refusal = answer(403, 'reverification_required', 'The user must verify once more.');
  return { ...refusal, body: { ...refusal.body, ...reverificationError(reverification) } };
}

function answer(
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): RefusalAnswer {
  return {
    status,
    headers: { 'Cache-Control': 'no-store', ...headers },
    body: { error, error_description: description },
  };
}

/** Formats a `Bearer` challenge, RFC 6750 §3. Empty parameters are left out. */
function formatChallenge(parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}="${quotable(value)}"`);
  return `Bearer ${pairs.join(', ')}`;
}

/** RFC 6750 §3 allows printable ASCII without quotation marks and backslashes. */
function quotable(value: string): string {
  return value.replaceAll('"', "'").replaceAll(/[^\x20-\x5B\x5D-\x7E]/g, '?');
}
