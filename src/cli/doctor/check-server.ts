import { readProtectedResource, RESOURCE_METADATA_PATH } from '../../clerk/protected-resources.js';
import { type Check, failure, ok, warning } from './report.js';
import { describeAnswer, isDocument, type Probe, type ProbeResult } from '../probe.js';

/** What the server published. */
export interface ServerReport {
  readonly checks: readonly Check[];
  /** The first authorization server that it names. */
  readonly issuer: string | undefined;
  /** The scopes that clients are told to ask for. */
  readonly scopes: readonly string[];
}

/** Does the server, seen from where its clients are, tell them how to sign in? */
export async function checkServer(
  resource: string,
  production: boolean,
  probe: Probe,
): Promise<ServerReport> {
  const { origin, pathname } = new URL(resource);
  const { metadataURL } = readProtectedResource(origin, pathname);
  const [metadata, mirror, challenge] = await Promise.all([
    probe(metadataURL),
    probe(`${origin}/.well-known/oauth-authorization-server`),
    probe(resource, BAD_TOKEN),
  ]);
  const json = isDocument(metadata) ? metadata.json : {};
  const [issuer] = texts(json['authorization_servers']);
  return {
    checks: [
      publicUrl(resource, production),
      resourceMetadata(metadata, resource),
      ...('silence' in metadata
        ? []
        : [mirrored(mirror, issuer), challenged(challenge, metadataURL)]),
    ],
    issuer,
    scopes: texts(json['scopes_supported']),
  };
}

function publicUrl(resource: string, production: boolean): Check {
  const { protocol, hostname } = new URL(resource);
  const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || (isLocal && !production)) {
    return ok('public-url', `Clients reach the server as ${resource}`);
  }
  return failure(
    'public-url',
    `${resource} is not https, and clients send no token there`,
    'Set BASE_URL to the https URL that clients use.',
  );
}

function resourceMetadata(result: ProbeResult, resource: string): Check {
  const name = 'resource-metadata';
  if ('silence' in result) {
    return failure(
      name,
      describeAnswer(result),
      'Start the server, or name its public URL with --url.',
    );
  }
  if (!isDocument(result)) {
    return failure(
      name,
      describeAnswer(result),
      `Let the proxy pass ${RESOURCE_METADATA_PATH} on to this server, at the root of the host and without a redirect.`,
    );
  }
  const { resource: named } = result.json;
  if (named === resource) return ok(name, `${result.url} describes the server`);
  return failure(
    name,
    `${result.url} is about ${String(named)}, and clients know the server as ${resource}`,
    'Set BASE_URL of the server to the URL that clients use, character by character.',
  );
}

function mirrored(result: ProbeResult, issuer: string | undefined): Check {
  const name = 'authorization-server-metadata';
  if (isDocument(result) && result.json['issuer'] === issuer) {
    return ok(name, 'Older clients find the authorization server as well');
  }
  const said = isDocument(result) ? `${result.url} names another issuer` : describeAnswer(result);
  return warning(
    name,
    said,
    'Let the proxy pass /.well-known/oauth-authorization-server on: clients before 2025-06-18 look there.',
  );
}

function challenged(result: ProbeResult, metadataURL: string): Check {
  const name = 'challenge';
  if ('silence' in result) return failure(name, describeAnswer(result), 'Start the server.');
  const header = result.headers.get('www-authenticate') ?? '';
  if (result.status === 401 && header.includes(`resource_metadata="${metadataURL}"`)) {
    return ok(name, 'A wrong token is refused with the way to sign in');
  }
  if (result.status === 401) {
    return failure(
      name,
      `The 401 of ${result.url} does not name ${metadataURL}`,
      'Let the proxy pass the WWW-Authenticate header, and set BASE_URL to the public URL.',
    );
  }
  return failure(name, `A wrong token: ${describeAnswer(result)}, not 401`, cureFor(result.status));
}

function cureFor(status: number): string {
  if (status === 403) return 'Add the public host name to ALLOWED_HOSTS.';
  if (status === 404 || status === 405) return 'Name the URL of the MCP endpoint with --url.';
  if (status >= 500) return 'See the log of the server: it cannot ask Clerk.';
  return 'Let the proxy pass the Authorization header, and give McpModule the ClerkAuthGuard.';
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Any call will do: a token is looked at before what is called. */
const BAD_TOKEN: RequestInit = {
  method: 'POST',
  headers: {
    authorization: 'Bearer doctor',
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
};
