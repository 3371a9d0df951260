import { Inject, Injectable } from '@nestjs/common';
import { reverificationError } from '@clerk/backend/internal';
import { LRUCache } from 'lru-cache';
import { RefusalResponder, type RefusalAnswer } from '../../access/refusal-responder.js';
import { type Refusal, describeOutage } from '../../access/refusal.js';
import { scopesToRequest } from '../../access/scopes.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import type { Reverification } from '../../access/access-rule.js';
import { AuthorizationServerMirror } from './authorization-server-metadata.js';
import { PublishedScopes } from '../published-scopes.js';
import type { ResourceIdentity } from '../protected-resources.js';

/** Creates the HTTP response to a refusal, for the requested protected resource. */
@Injectable()
export class ClerkRefusalResponder extends RefusalResponder {
  private readonly primary: NamedRefusals;
  private readonly byPath: ReadonlyMap<string, NamedRefusals>;

  constructor(
    @Inject(CLERK_OPTIONS) options: ResolvedClerkOptions,
    published: PublishedScopes,
    private readonly mirror: AuthorizationServerMirror,
  ) {
    super();
    const refusalsOf = ({ metadataURL, names }: NamedResource, path?: string): NamedRefusals => {
      const scope = (): string => this.signInScopes(published.at(path));
      const byHost = [...names].map(
        ([host, name]) => [host, new ResourceRefusals(name.metadataURL, scope)] as const,
      );
      return { own: new ResourceRefusals(metadataURL, scope), byHost: new Map(byHost) };
    };
    this.primary = refusalsOf(options);
    this.byPath = new Map(
      [...options.resources].map(([path, resource]) => [path, refusalsOf(resource, path)]),
    );
  }

  override answer(refusal: Refusal, path?: string, host?: string): RefusalAnswer {
    const { own, byHost } =
      (path === undefined ? undefined : this.byPath.get(path)) ?? this.primary;
    const refusals = host === undefined ? undefined : byHost.get(host);
    return (refusals ?? own).answer(refusal);
  }

  /**
   * What a client requests when it signs in, and registers for: with `offline_access` it gets a refresh
   * token. The resource metadata does not name it, because the resource itself does not need it.
   */
  private signInScopes(scopes: readonly string[]): string {
    const addsRefresh = scopes.length > 0 && !scopes.includes(OFFLINE_ACCESS);
    const isOffered = addsRefresh && this.mirror.advertises(OFFLINE_ACCESS);
    return (isOffered ? [...scopes, OFFLINE_ACCESS] : scopes).join(' ');
  }
}

const OFFLINE_ACCESS = 'offline_access';

interface NamedResource {
  readonly metadataURL: string;
  readonly names: ReadonlyMap<string, ResourceIdentity>;
}

/** The responses of a resource under its own name, and under each of its other names. */
interface NamedRefusals {
  readonly own: ResourceRefusals;
  readonly byHost: ReadonlyMap<string, ResourceRefusals>;
}

/**
 * HTTP responses of one protected resource: status codes and challenges of RFC 6750 §3. Each challenge
 * names the resource metadata (RFC 9728 §5.1), so that a client can start the authorization.
 */
class ResourceRefusals {
  /** The last answers, by what differs from one to the next. Descriptions and scopes come from tokens, too. */
  private readonly written = new LRUCache<string, RefusalAnswer>({
    max: 200,
    maxSize: 262_144,
    sizeCalculation: ({ headers, body }, key) =>
      2 * (key.length + JSON.stringify([headers, body]).length),
  });

  /** @param signInScopes names the scopes for a sign-in now, separated by spaces */
  constructor(
    private readonly metadataURL: string,
    private readonly signInScopes: () => string,
  ) {}

  answer(refusal: Refusal): RefusalAnswer {
    switch (refusal.reason) {
      case 'unauthenticated':
        return this.noToken();
      case 'token_expired':
        return this.badToken('token_expired', 'The access token expired.');
      case 'invalid_token':
        return this.badToken('invalid_token', refusal.description);
      case 'insufficient_scope':
        return this.stepUp(refusal);
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

  private noToken(): RefusalAnswer {
    const scope = this.signInScopes();
    return this.once(['unauthorized', scope], () =>
      answer(401, 'unauthorized', 'An access token is required.', {
        // RFC 6750 §3.1: a request without a token gets no error code.
        'WWW-Authenticate': formatChallenge({ resource_metadata: this.metadataURL, scope }),
      }),
    );
  }

  private badToken(error: string, description: string): RefusalAnswer {
    const scope = this.signInScopes();
    return this.once([error, description, scope], () =>
      answer(401, error, description, {
        'WWW-Authenticate': formatChallenge({
          error: 'invalid_token',
          error_description: description,
          resource_metadata: this.metadataURL,
          scope,
        }),
      }),
    );
  }

  /** `required_scope` is what the operation needs; a client requests `scope`. */
  private stepUp(refusal: Extract<Refusal, { reason: 'insufficient_scope' }>): RefusalAnswer {
    const scope = scopesToRequest(refusal).join(' ');
    const required = refusal.scopes.join(' ');
    return this.once(['insufficient_scope', scope, required], () => {
      const description = 'The access token was not granted every scope that this needs.';
      const { headers, body, status } = answer(403, 'insufficient_scope', description, {
        'WWW-Authenticate': formatChallenge({
          error: 'insufficient_scope',
          error_description: description,
          resource_metadata: this.metadataURL,
          scope,
        }),
      });
      return { status, headers, body: { ...body, scope, required_scope: required } };
    });
  }

  /** A copy for each request, since hooks of the application may change a body before it is sent. */
  private once(parts: readonly string[], write: () => RefusalAnswer): RefusalAnswer {
    const key = JSON.stringify(parts);
    let known = this.written.get(key);
    if (!known) {
      known = write();
      this.written.set(key, known);
    }
    return { ...known, body: { ...known.body } };
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
