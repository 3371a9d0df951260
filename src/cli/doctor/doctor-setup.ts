import type { ClerkAuthOptions } from '../../clerk/clerk-auth.options.js';
import { ClerkConfigurationError } from '../../clerk/clerk.errors.js';
import { localURL, LOOPBACK_NAMES } from '../../clerk/loopback-names.js';
import { isProduction, resolveClerkOptions } from '../../clerk/resolve-clerk-options.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import { TOKEN_TYPES, type TokenType } from '../../clerk/tokens/classify.js';
import { namesInstance } from '../read-environment.js';
import { UsageError } from '../command.js';

/**
 * Reads the variables that the service reads (see `.env.example`).
 *
 * @param url URL of the MCP endpoint. Default: `/mcp` below `BASE_URL`, or below `HOST` and `PORT`
 * @param forced whether production rules apply in any case
 */
export function readSetup(
  environment: Readonly<Record<string, string | undefined>>,
  url: string | undefined,
  forced = false,
): DoctorSetup {
  const value = (name: string) => environment[name]?.trim() || undefined;
  const list = (name: string) =>
    value(name)
      ?.split(',')
      .map((entry) => entry.trim());
  const local = localURL(value('HOST') ?? '127.0.0.1', value('PORT') ?? '3000');
  const given = url ?? `${value('BASE_URL') ?? local}/mcp`;
  if (!URL.canParse(given)) throw new UsageError(`${JSON.stringify(given)} is not a URL.`);
  const { origin, hostname, pathname, href } = new URL(given.replace(/([^:/])\/+/g, '$1/'));
  const secretKey = value('CLERK_SECRET_KEY');
  const publishableKey = value('CLERK_PUBLISHABLE_KEY');
  const production =
    forced || isProduction({ environment: value('NODE_ENV'), keys: [secretKey, publishableKey] });
  const options: ClerkAuthOptions = {
    secretKey,
    publishableKey,
    clerkDomain: value('CLERK_DOMAIN') ?? value('CLERK_FRONTEND_API'),
    apiURL: value('CLERK_API_URL'),
    jwtKey: value('CLERK_JWT_KEY'),
    acceptedTokens: list('CLERK_ACCEPTED_TOKENS')?.filter(isTokenType),
    scopes: value('CLERK_SCOPES') === 'catalog' ? 'catalog' : list('CLERK_SCOPES'),
    audience: value('CLERK_AUDIENCE') === 'foreign-only' ? 'foreign-only' : 'required',
    audiences: list('CLERK_AUDIENCES')?.filter(Boolean),
    sessionAudiences: list('CLERK_SESSION_AUDIENCES'),
    authorizedParties: list('CLERK_AUTHORIZED_PARTIES'),
    machineSecretKey: value('CLERK_MACHINE_SECRET_KEY'),
    machineId: value('CLERK_MACHINE_ID'),
    oauthClient: oauthClientOf(value('CLERK_OAUTH_CLIENT_ID'), value('CLERK_OAUTH_CLIENT_SECRET')),
    baseURL: origin,
    // As the service does without `BASE_URL`.
    loopbackNames: value('BASE_URL') === undefined && LOOPBACK_NAMES.includes(hostname),
    path: pathname,
    production,
  };
  return {
    resource: href.replace(/\/$/, ''),
    options,
    clerk: resolved(options),
    namesNoInstance: !namesInstance(environment),
    production,
  };
}

/** Input of the checks. */
export interface DoctorSetup {
  /** URL of the MCP endpoint, which is also the resource identifier. */
  readonly resource: string;
  /** Options of `ClerkAuthModule` from the variables. */
  readonly options: ClerkAuthOptions;
  /** The resolved options, or the message of the error if they are invalid. */
  readonly clerk: ResolvedClerkOptions | string;
  /** Whether no variable names a Clerk instance. */
  readonly namesNoInstance: boolean;
  /** Whether production rules apply. */
  readonly production: boolean;
}

function resolved(options: ClerkAuthOptions): ResolvedClerkOptions | string {
  try {
    return resolveClerkOptions(options);
  } catch (error) {
    if (error instanceof ClerkConfigurationError) return error.message;
    throw error;
  }
}

function isTokenType(name: string): name is TokenType {
  return (TOKEN_TYPES as readonly string[]).includes(name);
}

function oauthClientOf(clientId: string | undefined, clientSecret: string | undefined) {
  return clientId === undefined ? undefined : { clientId, clientSecret };
}
