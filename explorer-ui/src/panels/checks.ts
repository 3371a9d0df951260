import { config, endpoint, server } from '../state/explorer.js';
import { isSchema } from '../schema/field.js';

/** One thing that `doctor` looks at as well. */
export interface Check {
  readonly state: 'ok' | 'warn' | 'fail';
  readonly title: string;
  readonly text: string;
}

export interface Checked {
  readonly at: number;
  readonly checks: readonly Check[];
  readonly resourceMetadata: unknown;
  readonly serverMetadata: unknown;
}

/** Asks what a client without a token asks, from this origin. Nothing of it is on the wire panel. */
export async function runChecks(): Promise<Checked> {
  const started = performance.now();
  const challenge = await requestWithoutToken();
  const took = Math.round(performance.now() - started);
  const named = metadataUrlIn(challenge?.headers.get('www-authenticate') ?? '');
  const metadataURL = sameOrigin(named ?? server.value?.metadataURL);
  const resource = await json(metadataURL);
  const mirror = await json(
    new URL('/.well-known/oauth-authorization-server', location.origin).href,
  );
  return {
    at: Date.now(),
    checks: [
      challengeCheck(challenge, took),
      publicCheck(),
      resourceCheck(resource),
      serverCheck(mirror),
      registrationCheck(mirror),
      scopesCheck(resource, mirror),
      clockCheck(challenge),
    ],
    resourceMetadata: resource,
    serverMetadata: mirror,
  };
}

async function requestWithoutToken(): Promise<Response | undefined> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return fetch(endpoint.value, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'server/discover',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'server/discover',
      params: { _meta: meta },
    }),
  }).catch(() => undefined);
}

function metadataUrlIn(challenge: string): string | undefined {
  return /resource_metadata="([^"]*)"/.exec(challenge)?.[1];
}

/** The metadata under the name that this page was opened under. */
function sameOrigin(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { pathname } = new URL(url);
  return new URL(pathname, location.origin).href;
}

async function json(
  url: string | undefined,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (url === undefined) return undefined;
  const response = await fetch(url).catch(() => undefined);
  const body: unknown = await response?.json().catch(() => undefined);
  return response?.ok && isSchema(body) ? body : undefined;
}

function challengeCheck(response: Response | undefined, took: number): Check {
  const title = 'A client without a token';
  if (!response) return { state: 'fail', title, text: 'The endpoint does not answer.' };
  const header = response.headers.get('www-authenticate') ?? '';
  if (response.status === 401) {
    return header.includes('resource_metadata')
      ? { state: 'ok', title, text: `401 with resource_metadata, ${took} ms: clients sign in.` }
      : { state: 'fail', title, text: '401 without resource_metadata: clients find no sign-in.' };
  }
  if (response.status !== 200) {
    return { state: 'fail', title, text: `The endpoint answered ${response.status}.` };
  }
  const mode = server.value?.signIn;
  const text = `200, ${took} ms: it may connect (mode ${mode}).`;
  if (mode === 'offer' || mode === 'none') return { state: 'ok', title, text };
  return { state: 'warn', title, text: `${text} Many clients then never ask for a sign-in.` };
}

function publicCheck(): Check {
  const { hostname, protocol } = new URL(server.value?.resource ?? location.href);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const title = 'The URL is public';
  if (isLocal) {
    return {
      state: 'warn',
      title,
      text: `${hostname}: hosted clients cannot reach it. Fine for work on this machine.`,
    };
  }
  if (protocol === 'https:') return { state: 'ok', title, text: `https://${hostname}` };
  return { state: 'fail', title, text: 'Clients want HTTPS.' };
}

function resourceCheck(metadata: Readonly<Record<string, unknown>> | undefined): Check {
  const title = 'Resource metadata';
  if (!metadata)
    return { state: 'fail', title, text: 'There is none, so clients find no sign-in.' };
  const { resource, authorization_servers: servers } = metadata;
  if (resource !== (server.value?.resource ?? endpoint.value)) {
    return {
      state: 'fail',
      title,
      text: `It names ${String(resource).slice(0, 200)}, not this server.`,
    };
  }
  const count = Array.isArray(servers) ? servers.length : 0;
  return {
    state: count === 1 ? 'ok' : 'warn',
    title,
    text: `It names this URL and ${count} authorization server.`,
  };
}

function serverCheck(metadata: Readonly<Record<string, unknown>> | undefined): Check {
  const title = 'Authorization server metadata';
  if (!metadata) return { state: 'fail', title, text: 'Clerk does not answer.' };
  const { issuer, code_challenge_methods_supported: methods } = metadata;
  if (issuer !== config.value?.issuer) {
    return { state: 'fail', title, text: 'It names another issuer than this server accepts.' };
  }
  if (!Array.isArray(methods) || !methods.includes('S256')) {
    return { state: 'fail', title, text: 'It does not offer PKCE with S256, which clients need.' };
  }
  return { state: 'ok', title, text: `${new URL(String(issuer)).host}, with PKCE.` };
}

function registrationCheck(metadata: Readonly<Record<string, unknown>> | undefined): Check {
  const title = 'Clients can register themselves';
  if (typeof metadata?.['registration_endpoint'] === 'string') {
    return { state: 'ok', title, text: 'Dynamic client registration is on.' };
  }
  if (metadata?.['client_id_metadata_document_supported'] === true) {
    return { state: 'ok', title, text: 'By client metadata documents.' };
  }
  return {
    state: 'fail',
    title,
    text: 'Dynamic client registration is off in Clerk: most clients cannot sign in.',
  };
}

function scopesCheck(
  resource: Readonly<Record<string, unknown>> | undefined,
  mirror: Readonly<Record<string, unknown>> | undefined,
): Check {
  const title = 'Scopes cover the rules';
  const offered = [resource?.['scopes_supported']].flat().filter((one) => typeof one === 'string');
  const missing = (server.value?.scopes ?? []).filter(
    (scope) => !offered.includes(scope) && scope !== 'offline_access',
  );
  if (missing.length > 0) {
    return {
      state: 'warn',
      title,
      text: `Rules need ${missing.join(', ')}, which clients are not told to ask for (CLERK_SCOPES).`,
    };
  }
  const lists = [mirror?.['scopes_supported']].flat();
  const refresh = lists.includes('offline_access') ? '' : ' There are no refresh tokens.';
  return { state: 'ok', title, text: `${offered.join(', ') || 'none are needed'}.${refresh}` };
}

function clockCheck(response: Response | undefined): Check {
  const title = 'Clock';
  const date = Date.parse(response?.headers.get('date') ?? '');
  if (Number.isNaN(date))
    return { state: 'warn', title, text: 'The server does not say its time.' };
  const seconds = Math.abs(Date.now() - date) / 1000;
  const text = `${seconds.toFixed(1)} s apart from this browser.`;
  return seconds < 30 ? { state: 'ok', title, text } : { state: 'fail', title, text };
}
