import { readProtectedResource, RESOURCE_METADATA_PATH } from '../../clerk/protected-resources.js';
import { describeSignIn } from '../../mcp/catalog/sign-in.js';
import { isJsonObject } from '../../request/json-object.js';
import { ANONYMOUS_LIST, BAD_TOKEN } from './mcp-requests.js';
import { type Check, failure, ok, warning } from './report.js';
import { describeAnswer, isDocument, type Probe, type ProbeResult } from '../probe.js';

/** Checks over the public URL that the server tells clients how to sign in. */
export async function checkServer(
  resource: string,
  production: boolean,
  probe: Probe,
): Promise<ServerReport> {
  const { origin, pathname } = new URL(resource);
  const { metadataURL } = readProtectedResource(origin, pathname);
  const [metadata, mirror, challenge, list] = await Promise.all([
    probe(metadataURL),
    probe(`${origin}/.well-known/oauth-authorization-server`),
    probe(resource, BAD_TOKEN),
    probe(resource, ANONYMOUS_LIST),
  ]);
  const json = isDocument(metadata) ? metadata.json : {};
  const [issuer] = stringsIn(json['authorization_servers']);
  return {
    checks: [
      publicUrl(resource, production),
      resourceMetadata(metadata, resource),
      ...('failure' in metadata
        ? []
        : [
            authorizationServerCopy(mirror, issuer),
            challengeOf(challenge, metadataURL),
            ...signInMode(list),
          ]),
    ],
    isReachable: !('failure' in metadata),
    issuer,
    scopes: stringsIn(json['scopes_supported']),
  };
}

/** Checks of the server, and what it publishes. */
interface ServerReport {
  readonly checks: readonly Check[];
  /** Whether anything answered. */
  readonly isReachable: boolean;
  /** The first authorization server in the resource metadata. */
  readonly issuer: string | undefined;
  /** The scopes in the resource metadata, which clients request. */
  readonly scopes: readonly string[];
}

function publicUrl(resource: string, production: boolean): Check {
  const { protocol, hostname } = new URL(resource);
  const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || (isLocal && !production)) {
    return ok('public-url', `The public URL of the server is ${resource}`);
  }
  return failure(
    'public-url',
    `${resource} is not https, so clients send no token to it`,
    'Set BASE_URL to the https URL that clients use.',
  );
}

function resourceMetadata(result: ProbeResult, resource: string): Check {
  const name = 'resource-metadata';
  if ('failure' in result) {
    return failure(
      name,
      describeAnswer(result),
      'Start the server, or pass its public URL with --url.',
    );
  }
  if (!isDocument(result)) {
    return failure(
      name,
      describeAnswer(result),
      `Configure the proxy to forward ${RESOURCE_METADATA_PATH}, at the root of the host, to this server without a redirect.`,
    );
  }
  const { resource: named } = result.json;
  if (named === resource) return ok(name, `${result.url} describes the server`);
  return failure(
    name,
    `${result.url} describes ${String(named)}, but clients use ${resource}`,
    'Set BASE_URL of the server to exactly the URL that clients use.',
  );
}

function authorizationServerCopy(result: ProbeResult, issuer: string | undefined): Check {
  const name = 'authorization-server-metadata';
  if (isDocument(result) && result.json['issuer'] === issuer) {
    return ok(name, 'Older clients find the authorization server, too');
  }
  const message = isDocument(result)
    ? `${result.url} names another issuer`
    : describeAnswer(result);
  return warning(
    name,
    message,
    'Configure the proxy to forward /.well-known/oauth-authorization-server, which clients before 2025-06-18 read.',
  );
}

function challengeOf(result: ProbeResult, metadataURL: string): Check {
  const name = 'challenge';
  if ('failure' in result) return failure(name, describeAnswer(result), 'Start the server.');
  const header = result.headers.get('www-authenticate') ?? '';
  if (result.status === 401 && header.includes(`resource_metadata="${metadataURL}"`)) {
    return ok(name, 'A wrong token is refused with a challenge for sign-in');
  }
  if (result.status === 401) {
    return failure(
      name,
      `The 401 of ${result.url} does not name ${metadataURL}`,
      'Configure the proxy to pass the WWW-Authenticate header, and set BASE_URL to the public URL.',
    );
  }
  return failure(
    name,
    `For a wrong token ${describeAnswer(result)} instead of 401`,
    cureFor(result.status),
  );
}

/** When clients are asked to sign in, as the answer to an anonymous list shows it. */
function signInMode(result: ProbeResult): readonly Check[] {
  const name = 'sign-in-mode';
  if ('status' in result && result.status === 401) {
    return [ok(name, `Sign-in mode connect: ${describeSignIn('connect')}`)];
  }
  // The check of the challenge says what is wrong with any other answer.
  const listed = isDocument(result) ? result.json['result'] : undefined;
  const tools = isJsonObject(listed) ? listed['tools'] : undefined;
  if (!Array.isArray(tools)) return [];
  if (tools.some((tool) => isJsonObject(tool) && tool['securitySchemes'] !== undefined)) {
    return [ok(name, `Sign-in mode offer: ${describeSignIn('offer')}`)];
  }
  return [
    warning(
      name,
      `Sign-in mode call: an anonymous client gets ${tools.length} tools and no word of a sign-in, so that many clients never start one`,
      'If the server has protected entries, set MCP_SIGN_IN, or the option signIn of McpModule, to connect or offer.',
    ),
  ];
}

function cureFor(status: number): string {
  if (status === 403) return 'Add the public host name to ALLOWED_HOSTS.';
  if (status === 404 || status === 405) return 'Pass the URL of the MCP endpoint with --url.';
  if (status >= 500) return 'Read the log of the server, which cannot reach Clerk.';
  return 'Configure the proxy to pass the Authorization header, and add ClerkAuthGuard to the guards of McpModule.';
}

function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
