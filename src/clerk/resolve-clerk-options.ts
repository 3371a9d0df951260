import { moduleOptionProblem, optionProblem } from '../request/known-options.js';
import {
  CLERK_AUTH_EXTRAS,
  CLERK_AUTH_OPTIONS,
  CLERK_RESOURCE_OPTIONS,
  type ClerkAuthOptions,
} from './clerk-auth.options.js';
import { ClerkConfigurationError } from './clerk.errors.js';
import { DEFAULT_CLERK_LIMITS, type ClerkLimits } from './clerk-limits.js';
import { accountPortalOf, readFrontendApi } from './api/frontend-api.js';
import { readOrigin } from './origin.js';
import {
  assertScopes,
  DEFAULT_SCOPES,
  readProtectedResources,
  resourceAt,
} from './protected-resources.js';
import type { ResolvedClerkOptions } from './resolved-clerk-options.js';
import { readScopeHierarchy } from './scope-hierarchy.js';
import { MACHINE_ID } from './tokens/check-machine.js';
import { readPublicKey } from './tokens/signing-keys.js';
import { readWebhookOptions } from './webhook-options.js';
import { TOKEN_TYPES, type TokenType } from './tokens/classify.js';

/**
 * Checks and completes the options of `ClerkAuthModule`.
 *
 * @param resourcePaths the paths in `@ResourcePath()` of all controllers
 * @throws {ClerkConfigurationError} an option is missing, malformed, or contradicts another one
 */
export function resolveClerkOptions(
  options: ClerkAuthOptions,
  resourcePaths: readonly string[] = [],
): ResolvedClerkOptions {
  assertKnown(options);
  const secretKey = text(options.secretKey);
  const publishableKey = text(options.publishableKey);
  if (secretKey === undefined && publishableKey === undefined) {
    throw new ClerkConfigurationError(
      'Missing required config: secretKey. Set CLERK_SECRET_KEY to the secret key of your Clerk instance. CLERK_PUBLISHABLE_KEY alone is enough to verify JWTs, without everything that asks the Backend API.',
    );
  }
  refuseMixedKeys(secretKey, publishableKey);
  const live = isLiveKey(secretKey ?? publishableKey);
  const frontendApi = readFrontendApi({
    clerkDomain: text(options.clerkDomain),
    publishableKey,
    live,
  });

  const baseURL = text(options.baseURL);
  if (baseURL === undefined) {
    throw new ClerkConfigurationError(
      'Missing required config: baseURL. Set BASE_URL to the public URL of this server.',
    );
  }

  const acceptedTokens = readAcceptedTokens(options.acceptedTokens);
  const authorizedParties = list(options.authorizedParties);
  const production =
    options.production ??
    isProduction({ environment: process.env['NODE_ENV'], keys: [secretKey, publishableKey] });
  if (production && acceptedTokens.has('session_token') && authorizedParties.length === 0) {
    throw new ClerkConfigurationError(
      'Session tokens are accepted in production without authorizedParties, so a token for any site of this Clerk instance would be accepted. Set CLERK_AUTHORIZED_PARTIES to the origins that may call, or leave session_token out of CLERK_ACCEPTED_TOKENS.',
    );
  }

  if (acceptedTokens.has('api_key') && secretKey === undefined) {
    throw new ClerkConfigurationError(
      'api_key is accepted without a secret key, and only the Backend API can verify API keys. Set CLERK_SECRET_KEY, or leave api_key out of CLERK_ACCEPTED_TOKENS.',
    );
  }

  const oauthClient = readOauthClient(options.oauthClient);
  const idTokenClientIds = list(
    options.idTokenClientIds ?? (oauthClient && [oauthClient.clientId]),
  );
  if (acceptedTokens.has('id_token') && idTokenClientIds.length === 0) {
    throw new ClerkConfigurationError(
      'id_token is accepted without a list of OAuth clients. Set CLERK_OAUTH_CLIENT_ID (or idTokenClientIds), or leave id_token out of CLERK_ACCEPTED_TOKENS.',
    );
  }

  assertScopes('scopes (CLERK_SCOPES)', options.scopes);
  const resources = readProtectedResources(options, resourcePaths, baseURL, {
    scopes: options.scopes ?? DEFAULT_SCOPES,
    docsURL: text(options.docsURL) ?? null,
    resourceName: text(options.resourceName) ?? null,
  });
  const jwtKey = text(options.jwtKey);
  return {
    production,
    secretKey: secretKey ?? null,
    ...frontendApi,
    apiURL: readOrigin('apiURL', text(options.apiURL) ?? 'https://api.clerk.com'),
    jwtKey: jwtKey === undefined ? null : readPublicKey(jwtKey),
    ...resourceAt(resources, undefined),
    resources,
    scopeHierarchy: readScopeHierarchy(options.scopeHierarchy ?? {}),
    acceptedTokens,
    audience: options.audience ?? 'required',
    sessionAudiences: list(options.sessionAudiences),
    authorizedParties,
    machineSecretKey: readMachineSecretKey(text(options.machineSecretKey)),
    machineId: readMachineId(text(options.machineId)),
    oauthClient,
    idTokenClientIds,
    metaAuthorization: options.metaAuthorization ?? true,
    shareVerdicts: options.shareVerdicts ?? false,
    upstreamConnectUrl: readPage(
      text(options.upstreamConnectUrl) ?? `${accountPortalOf(frontendApi.issuer)}/user`,
    ),
    webhooks: readWebhookOptions(options.webhooks),
    limits: readLimits(options.limits ?? {}),
  };
}

function assertKnown(options: ClerkAuthOptions): void {
  const problems = [
    moduleOptionProblem(options, CLERK_AUTH_OPTIONS, CLERK_AUTH_EXTRAS, OTHER_NAMES),
    ...Object.entries(options.resources ?? {}).map(([path, resource]) =>
      optionProblem(resource, CLERK_RESOURCE_OPTIONS, {}, `resources["${path}"].`),
    ),
  ];
  const problem = problems.find((one) => one !== undefined);
  if (problem !== undefined) throw new ClerkConfigurationError(`ClerkAuthModule: ${problem}`);
}

/** What to write for names that people try. */
const OTHER_NAMES = {
  frontendApi: '`clerkDomain`',
  domain: '`clerkDomain`',
  url: '`baseURL`',
  webhookSecret: '`webhooks: { signingSecret }`',
  signingSecret: '`webhooks: { signingSecret }`',
};

function text(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function list(values: readonly string[] | null | undefined): readonly string[] {
  return [...new Set((values ?? []).map((value) => value.trim()).filter((value) => value !== ''))];
}

function refuseMixedKeys(secretKey: string | undefined, publishableKey: string | undefined): void {
  if (secretKey?.startsWith('pk_')) {
    throw new ClerkConfigurationError(
      'secretKey is a publishable key. Set CLERK_SECRET_KEY to the key that starts with sk_.',
    );
  }
  if (publishableKey?.startsWith('sk_')) {
    throw new ClerkConfigurationError(
      'publishableKey is a secret key, which must not be published. Set CLERK_PUBLISHABLE_KEY to the key that starts with pk_.',
    );
  }
  const kind = (key: string) => /^[ps]k_(test|live)_/.exec(key)?.[1];
  if (secretKey === undefined || publishableKey === undefined || kind(secretKey) === undefined)
    return;
  if (kind(secretKey) === kind(publishableKey)) return;
  throw new ClerkConfigurationError(
    `secretKey is a ${kind(secretKey)} key, publishableKey is not. Take both from the same Clerk instance.`,
  );
}

function readAcceptedTokens(types: readonly TokenType[] | undefined): ReadonlySet<TokenType> {
  const accepted = new Set(types ?? (['oauth_token', 'session_token'] as const));
  const unknown = [...accepted].find((type) => !TOKEN_TYPES.includes(type));
  if (unknown !== undefined) {
    throw new ClerkConfigurationError(
      `acceptedTokens contains ${JSON.stringify(unknown)}. The known kinds are: ${TOKEN_TYPES.join(', ')}.`,
    );
  }
  if (accepted.size === 0) {
    throw new ClerkConfigurationError(
      `acceptedTokens is empty, so nobody could sign in. The known kinds are: ${TOKEN_TYPES.join(', ')}.`,
    );
  }
  return accepted;
}

function readMachineSecretKey(key: string | undefined): string | null {
  if (key === undefined || key.startsWith('ak_')) return key ?? null;
  throw new ClerkConfigurationError(
    'machineSecretKey is not the secret key of a machine. Set CLERK_MACHINE_SECRET_KEY to the key, starting with ak_, that the Clerk dashboard shows for this machine.',
  );
}

function readMachineId(id: string | undefined): string | null {
  if (id === undefined || MACHINE_ID.test(id)) return id ?? null;
  throw new ClerkConfigurationError(
    `machineId is ${JSON.stringify(id.slice(0, 64))}, which is no id of a machine. Set CLERK_MACHINE_ID to the id, starting with mch_, that the Clerk dashboard shows for this machine.`,
  );
}

function readOauthClient(client: ClerkAuthOptions['oauthClient']) {
  const clientId = text(client?.clientId);
  const clientSecret = text(client?.clientSecret) ?? null;
  if (clientId !== undefined) return { clientId, clientSecret };
  if (clientSecret === null) return null;
  throw new ClerkConfigurationError(
    'oauthClient has a secret without an id. Set CLERK_OAUTH_CLIENT_ID beside CLERK_OAUTH_CLIENT_SECRET.',
  );
}

function readPage(url: string): string {
  const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: '' };
  if (protocol === 'https:' || protocol === 'http:') return url;
  throw new ClerkConfigurationError(
    `upstreamConnectUrl is ${JSON.stringify(url)}. Use the whole URL of a page, such as 'https://example.com/settings/accounts'.`,
  );
}

function readLimits(limits: Partial<ClerkLimits>): ClerkLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  const wrong = given.find(([, value]) => !Number.isFinite(value) || value < 0);
  if (wrong) throw new ClerkConfigurationError(`limits.${wrong[0]} must be a number of 0 or more.`);
  return { ...DEFAULT_CLERK_LIMITS, ...Object.fromEntries(given) };
}

/** Whether the production checks apply: `NODE_ENV` is `production`, in any case, or a key is live. */
export function isProduction({ environment, keys }: Surroundings): boolean {
  return environment?.trim().toLowerCase() === 'production' || keys.some(isLiveKey);
}

/** Argument of {@link isProduction}. */
interface Surroundings {
  /** `NODE_ENV`. */
  readonly environment: string | undefined;
  /** Secret and publishable keys of Clerk. */
  readonly keys: readonly (string | undefined)[];
}

/** Whether a key belongs to a production instance of Clerk. */
function isLiveKey(key: string | undefined): boolean {
  return /^[sp]k_live_/.test(key?.trim() ?? '');
}
