import { isJsonObject } from '../../../request/json-object.js';
import { decodeJwt } from '../../../clerk/tokens/classify.js';
import { failure, ok, warning } from '../report.js';
import {
  type Authorization,
  authorizationOf,
  exchange,
  knock,
  type Tokens,
} from './authorization.js';
import type { Findings } from './findings.js';
import { bodyOf, codeOf, errorOf, type LiveInstance } from './live-instance.js';

/** Sends the browser of the person to an authorization URL, and returns the authorization response. */
export type Browse = (authorization: Authorization) => Promise<URLSearchParams>;

/** A client of the run that signs somebody in, and the MCP server that the tokens are for. */
export interface SignInSetup {
  readonly clientId: string;
  readonly redirectUri: string;
  /** URL of the MCP server, the `resource` of the tokens. */
  readonly resource: string;
  readonly browse: Browse;
}

/** Signs in with every scope that the checks need, for the resource of the server. */
export async function signIn(
  instance: LiveInstance,
  findings: Findings,
  setup: SignInSetup,
): Promise<Tokens | undefined> {
  const { resource } = setup;
  const bound = await attempt(instance, setup, { scope: SCOPE, resource });
  if ('error' in bound && bound.error === 'invalid_target') {
    findings.saw({ unregisteredResource: 'refused', resources: [] });
    const cure = `Register ${resource} as an MCP server in the dashboard, or pass its URL with --url.`;
    findings.add(warning('live-resource', `The instance refuses the resource ${resource}`, cure));
    return readSignIn(instance, findings, await attempt(instance, setup, { scope: SCOPE }));
  }
  return readSignIn(instance, findings, bound);
}

const SCOPE = 'openid profile email offline_access user:org:read';
/** Scopes of the application that {@link signIn} uses. */
export const SIGN_IN_SCOPES = SCOPE;

/** Signs in without `offline_access`, for a resource that nobody registered. */
export async function signInElsewhere(
  instance: LiveInstance,
  findings: Findings,
  setup: SignInSetup,
): Promise<Tokens | undefined> {
  const scope = 'profile email';
  const resource = `https://${instance.runName.replaceAll(/[^a-z0-9]+/g, '-')}.example/mcp`;
  const { clientId, redirectUri } = setup;
  const answer = await knock(instance, { clientId, redirectUri, scope, resource });
  const refusedAtOnce = answer.outcome === 'refused' && answer.error === 'invalid_target';
  let outcome: SignIn = refusedAtOnce
    ? { error: 'invalid_target' }
    : await attempt(instance, setup, { scope, resource });
  const isRefused = 'error' in outcome && outcome.error === 'invalid_target';
  if (isRefused) {
    findings.facts.unregisteredResource = 'refused (invalid_target)';
    findings.saw({ unregisteredResource: 'refused' });
    findings.add(ok('live-unregistered-resource', 'An unregistered resource is refused'));
    outcome = await attempt(instance, setup, { scope });
  }
  if ('error' in outcome) {
    const cure = 'Run the check again, and allow the request.';
    findings.add(warning('live-unregistered-resource', `The sign-in got ${outcome.error}`, cure));
    return undefined;
  }
  const { tokens } = outcome;
  const gotRefreshToken = tokens.refreshToken !== undefined;
  if (isRefused && findings.switches.resources === undefined) {
    findings.saw({ resources: [setup.resource] });
  }
  findings.facts.refreshWithoutOfflineAccess = gotRefreshToken;
  findings.saw({ alwaysRefreshToken: gotRefreshToken });
  if (!isRefused)
    await readForeignResource(instance, findings, tokens, { resource, own: setup.resource });
  return tokens;
}

async function readForeignResource(
  instance: LiveInstance,
  findings: Findings,
  tokens: Tokens,
  { resource, own }: { readonly resource: string; readonly own: string },
): Promise<void> {
  const named = [(await audienceOf(instance, tokens.accessToken)) ?? []].flat();
  const name = 'live-unregistered-resource';
  if (named.includes(resource)) {
    findings.facts.unregisteredResource = 'granted';
    findings.saw({ unregisteredResource: 'granted' });
    findings.missed('An unregistered resource is granted as well.', 'resources');
    const cure =
      'Any client can get a token for any server: accept tokens with your audience only.';
    findings.add(warning(name, 'An unregistered resource is granted and in the audience', cure));
    return;
  }
  if (findings.facts.audience === 'none') {
    findings.facts.unregisteredResource = 'not refused; tokens have no audience';
    const reason = 'Tokens have no audience, so a resource that is ignored looks as one granted.';
    return findings.missed(reason, 'unregisteredResource', 'resources');
  }
  findings.facts.unregisteredResource = 'ignored: the token has no audience';
  findings.saw({ unregisteredResource: 'ignored', resources: [own] });
  findings.add(ok(name, 'An unregistered resource is ignored: the token has no audience for it'));
}

/** How a sign-in ended. */
export type SignIn =
  { readonly error: string } | { readonly tokens: Tokens; readonly response: URLSearchParams };

/** Sends the person through one authorization, and exchanges the code. */
export async function attempt(
  instance: LiveInstance,
  { clientId, redirectUri, browse }: SignInSetup,
  { scope, resource }: { readonly scope: string; readonly resource?: string },
): Promise<SignIn> {
  const request = { clientId, redirectUri, scope, ...(resource !== undefined && { resource }) };
  const authorization = authorizationOf(instance, request);
  const response = await browse(authorization);
  const code = response.get('code');
  if (code === null) return { error: codeOf(response.get('error') ?? 'no_code') };
  const tokens = await exchange(instance, authorization, code, resource);
  return 'accessToken' in tokens ? { tokens, response } : { error: errorOf(tokens) };
}

async function readSignIn(
  instance: LiveInstance,
  findings: Findings,
  outcome: SignIn,
): Promise<Tokens | undefined> {
  if ('error' in outcome) {
    const cure = 'Run the check again, and sign in and allow the request in the browser.';
    findings.add(failure('live-sign-in', `The sign-in got ${outcome.error}`, cure));
    return undefined;
  }
  const { tokens, response } = outcome;
  readIssuer(instance, findings, response.get('iss'));
  const jwt = decodeJwt(tokens.accessToken);
  instance.secrets.keep(...idsIn(jwt?.claims ?? {}));
  findings.saw({ accessTokenFormat: jwt ? 'jwt' : 'opaque' });
  const { iat, exp } = jwt?.claims ?? {};
  const lifetime = typeof exp === 'number' && typeof iat === 'number' ? exp - iat : undefined;
  findings.facts.accessToken = {
    format: jwt ? 'jwt' : 'opaque',
    lifetimeSeconds: lifetime ?? tokens.expiresIn,
    ...describeJwt(tokens.accessToken),
  };
  const idToken = tokens.idToken === undefined ? undefined : decodeJwt(tokens.idToken);
  instance.secrets.keep(...idsIn(idToken?.claims ?? {}));
  if (tokens.idToken !== undefined) findings.facts.idToken = describeJwt(tokens.idToken);
  if (jwt ?? idToken) {
    const isMarked = [jwt, idToken].some((one) => one?.header['cat'] !== undefined);
    findings.saw({ tokenCategories: isMarked });
  } else findings.missed('There is no JWT.', 'tokenCategories');
  readScopeClaim(findings, jwt?.claims);
  await readAudience(instance, findings, tokens);
  readOrganization(findings, tokens);
  findings.add(
    ok(
      'live-sign-in',
      `The access token is ${jwt ? 'a JWT' : 'opaque'} and lasts ${lifetime ?? tokens.expiresIn ?? 'an unknown number of'} seconds`,
    ),
  );
  return tokens;
}

function readIssuer(instance: LiveInstance, findings: Findings, iss: string | null): void {
  const given = iss === instance.issuer ? 'issuer' : 'other';
  const seen = iss === null ? 'absent' : given;
  findings.facts.issuerInResponse = seen;
  findings.saw({ issuerInAuthorizationResponse: iss !== null });
  const advertised = findings.facts.metadata?.issAdvertised;
  if (seen === 'other' || (advertised !== undefined && advertised !== (iss !== null))) {
    const cure = 'MCP clients compare iss with the issuer (RFC 9207) and may refuse the response.';
    findings.add(
      warning('live-iss', `iss in the response: ${seen}; advertised: ${advertised}`, cure),
    );
  } else findings.add(ok('live-iss', `iss in the authorization response: ${seen}`));
}

function readScopeClaim(
  findings: Findings,
  claims: Readonly<Record<string, unknown>> | undefined,
): void {
  if (!claims) return findings.missed('The access token is opaque.', 'scopeClaim');
  const [hasScope, hasScp] = [claims['scope'] !== undefined, claims['scp'] !== undefined];
  const withScope = hasScp ? 'both' : 'scope';
  const withoutScope = hasScp ? 'scp' : 'none';
  const seen = hasScope ? withScope : withoutScope;
  findings.facts.scopeClaim = seen;
  if (seen === 'scope' || seen === 'scp') findings.saw({ scopeClaim: seen });
  else findings.missed(`The access token has ${seen} of the claims scope and scp.`, 'scopeClaim');
}

async function readAudience(instance: LiveInstance, findings: Findings, tokens: Tokens) {
  const audience = await audienceOf(instance, tokens.accessToken);
  const form = Array.isArray(audience) ? 'array' : 'string';
  const seen = audience === undefined ? 'none' : form;
  findings.facts.audience = seen;
  if (findings.switches.unregisteredResource === 'refused' && seen === 'none') {
    findings.missed('The resource of the server is not registered.', 'audienceClaim', 'resources');
  } else if (seen !== 'none' && !decodeJwt(tokens.accessToken)) {
    findings.missed('The form of aud shows in a JWT only.', 'audienceClaim');
  } else findings.saw({ audienceClaim: seen });
  const name = 'live-audience';
  if (seen !== 'none') {
    const described = seen === 'array' ? 'an array' : 'a string';
    const message = decodeJwt(tokens.accessToken)
      ? `The audience of the token is ${described}`
      : `The verification of the token names its audience, as ${described}`;
    return findings.add(ok(name, message));
  }
  const reason = 'The access token has no audience.';
  findings.missed(reason, 'audienceAfterRefresh', 'userinfoAcceptsAudience');
  const cure =
    'Register the URL of the server as an MCP server in the dashboard, and pass it with --url.';
  findings.add(warning(name, 'The access token has no audience', cure));
}

function readOrganization(findings: Findings, tokens: Tokens): void {
  const claims = decodeJwt(tokens.accessToken)?.claims;
  const granted = tokens.scopes ?? scopesIn(claims ?? {}) ?? [];
  const isIn = claims === undefined ? 'the token is opaque' : `${claims['org_id'] !== undefined}`;
  findings.facts.organization = granted.includes('user:org:read')
    ? `user:org:read granted; org_id in the token: ${isIn}`
    : 'user:org:read was not granted';
}

/** The `aud` of a JWT, or what the Backend API says about an opaque token. */
export async function audienceOf(
  instance: LiveInstance,
  token: string,
): Promise<string | readonly string[] | undefined> {
  const aud = (decodeJwt(token)?.claims ?? bodyOf(await verifyAtClerk(instance, token)))['aud'];
  if (typeof aud === 'string') return aud;
  return Array.isArray(aud) && aud.length > 0 ? aud.map(String) : undefined;
}

/** The verification of an OAuth access token at the Backend API, whose path has no `/v1`. */
export function verifyAtClerk(instance: LiveInstance, token: string) {
  return instance.backend('/oauth_applications/access_tokens/verify', { access_token: token });
}

function describeJwt(token: string) {
  const jwt = decodeJwt(token);
  if (!jwt) return { claims: [] };
  const { typ } = jwt.header;
  return {
    typ: typeof typ === 'string' ? codeOf(typ.replace('+', '_')).replace('_', '+') : undefined,
    cat: jwt.header['cat'] !== undefined,
    claims: Object.keys(jwt.claims).slice(0, MAX_CLAIMS),
  };
}

const MAX_CLAIMS = 50;

/** The scopes in the claims of an access token. */
export function scopesIn({
  scope,
  scp,
}: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  if (typeof scope === 'string') return scope.split(' ');
  return Array.isArray(scp) ? scp.map(String) : undefined;
}

/** Values of claims that identify somebody or something, metadata included. */
function idsIn(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return value.startsWith('http') ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => (NAMES.has(name) ? [] : idsIn(member)));
}

/** Claims whose values are no personal data. */
const NAMES: ReadonlySet<string> = new Set(['scope', 'scp', 'aud', 'iss']);
