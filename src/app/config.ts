import { Global, Module } from '@nestjs/common';
import { localURL, LOOPBACK_NAMES } from '../clerk/loopback-names.js';
import { isLoopbackHost } from '../clerk/origin.js';
import { isProduction } from '../clerk/resolve-clerk-options.js';
import { docsPage } from '../docs/docs-page.js';
import { readDotEnv } from './dot-env.js';
import { Environment } from './environment.js';

/** The environment is not what the service needs. The message names each variable and the cure. */
export class ConfigurationError extends Error {
  readonly code = 'INVALID_CONFIGURATION';

  constructor(problems: readonly string[]) {
    super(
      `The environment does not fit:\n${problems.map((problem) => `  ${problem}`).join('\n')}\nSee ${docsPage('environment')}`,
    );
    this.name = 'ConfigurationError';
  }
}

/** Injects the {@link ServiceConfig}. */
export const SERVICE_CONFIG = Symbol('SERVICE_CONFIG');

/** The configuration of the service. */
export type ServiceConfig = ReturnType<typeof readConfig>;

/** Provides the configuration of the service. */
@Global()
@Module({
  providers: [{ provide: SERVICE_CONFIG, useFactory: loadConfig }],
  exports: [SERVICE_CONFIG],
})
export class ServiceConfigModule {}

/**
 * Reads the configuration from the environment and from `.env` in the working directory. A variable of the
 * environment wins over the file.
 *
 * @throws {ConfigurationError}
 */
export function loadConfig(): ServiceConfig {
  readDotEnv();
  return readConfig(process.env);
}

/**
 * Turns environment variables into typed configuration. An empty variable counts as unset.
 *
 * @throws {ConfigurationError}
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>) {
  const given = Object.entries(environment).filter(([, value]) => value?.trim());
  // Once: to compile a parser would take longer.
  const { data: env, error } = Environment.safeParse(Object.fromEntries(given), { jitless: true });
  if (error) {
    throw new ConfigurationError(
      error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    );
  }
  const production = isProduction({
    environment: env.NODE_ENV,
    keys: [env.CLERK_SECRET_KEY, env.CLERK_PUBLISHABLE_KEY],
  });
  const instance = IDENTIFIES_INSTANCE.filter((name) => env[name] !== undefined);
  const baseURL = env.BASE_URL ?? localURL(env.HOST, env.PORT);
  const { hostname, origin } = new URL(baseURL);
  const isPublic = !isLoopbackHost(hostname);
  const loopbackNames = env.BASE_URL === undefined && LOOPBACK_NAMES.includes(hostname);
  assertServable(env, { production, instance, isPublic });
  return {
    environment: env.NODE_ENV,
    production,
    port: env.PORT,
    host: env.HOST,
    /** Proxies whose `X-Forwarded-For` tells the address of a caller; `false` for none. */
    trustProxy: env.TRUST_PROXY ?? false,
    baseURL,
    /** Whether `localhost`, `127.0.0.1` and `[::1]` are names of one server: only without `BASE_URL`. */
    loopbackNames,
    /** How long calls are served on once the process is told to end, in milliseconds. */
    drainMs: env.DRAIN_MS,
    /** What the nodes of the service share; `undefined` for a service of one node. */
    redis:
      env.REDIS_URL === undefined
        ? undefined
        : {
            url: env.REDIS_URL,
            secret: env.CLUSTER_SECRET ?? [],
            ...(env.REDIS_PREFIX !== undefined && { prefix: env.REDIS_PREFIX }),
          },
    /** Which trace context is the parent of the span of a message. */
    traceParent: env.MCP_TRACE_PARENT,
    /** File that keeps the content of the embedded emulator; `undefined` for none. */
    emulatorState: env.CLERK_EMULATOR_STATE === 'off' ? undefined : env.CLERK_EMULATOR_STATE,
    /** What the service says of its configuration when it starts. */
    warnings: warningsOf(env, isPublic),
    // What was asked for is to be seen.
    logLevel: env.LOG_LEVEL ?? (production || logsAudit(env) ? 'log' : 'warn'),
    audit: {
      log: env.AUDIT_LOG ?? 'refusals',
      digestKey: env.AUDIT_DIGEST_KEY,
    },
    clerk: {
      /** No Clerk instance is named: the service starts the local Clerk emulator. */
      usesEmulator: instance.length === 0,
      secretKey: env.CLERK_SECRET_KEY,
      publishableKey: env.CLERK_PUBLISHABLE_KEY,
      clerkDomain: env.CLERK_DOMAIN ?? env.CLERK_FRONTEND_API,
      apiURL: env.CLERK_API_URL,
      jwtKey: env.CLERK_JWT_KEY,
      acceptedTokens: env.CLERK_ACCEPTED_TOKENS,
      scopes: env.CLERK_SCOPES,
      audience: env.CLERK_AUDIENCE,
      audiences: env.CLERK_AUDIENCES,
      sessionAudiences: env.CLERK_SESSION_AUDIENCES,
      machineSecretKey: env.CLERK_MACHINE_SECRET_KEY,
      machineId: env.CLERK_MACHINE_ID,
      authorizedParties: env.CLERK_AUTHORIZED_PARTIES,
      oauthClientId: env.CLERK_OAUTH_CLIENT_ID,
      oauthClientSecret: env.CLERK_OAUTH_CLIENT_SECRET,
      refreshTool: env.CLERK_REFRESH_TOOL,
      webhookSigningSecret: env.CLERK_WEBHOOK_SIGNING_SECRET,
      /** Failed authentications of one address per minute; `Infinity` for any number. */
      failuresPerAddress: env.AUTH_FAILURE_LIMIT,
    },
    /** Whether the explorer is served. Default: outside of production. */
    explorer: { enabled: env.MCP_EXPLORER === undefined ? !production : env.MCP_EXPLORER === 'on' },
    /** Requests of one caller per minute; `Infinity` for any number. */
    rateLimit: env.RATE_LIMIT,
    mcp: {
      metaAuthorization: env.MCP_META_AUTHORIZATION,
      signIn: env.MCP_SIGN_IN,
      /** Whether anybody may read a card of the server. */
      serverCard: env.MCP_SERVER_CARD === 'on',
      /** Whom the service works for over stdio. */
      accessToken: env.MCP_ACCESS_TOKEN,
      allowedHosts: env.ALLOWED_HOSTS ?? (loopbackNames ? LOOPBACK_NAMES : [hostname]),
      allowedOrigins: env.ALLOWED_ORIGINS ?? [origin],
    },
  } as const;
}

function logsAudit({ AUDIT_LOG: log = 'off' }: Environment): boolean {
  return log !== 'off';
}

/** One of these names a Clerk instance, and the emulator stays off. */
const IDENTIFIES_INSTANCE = [
  'CLERK_SECRET_KEY',
  'CLERK_PUBLISHABLE_KEY',
  'CLERK_DOMAIN',
  'CLERK_FRONTEND_API',
  'CLERK_API_URL',
  'CLERK_JWT_KEY',
  'CLERK_OAUTH_CLIENT_ID',
  'CLERK_OAUTH_CLIENT_SECRET',
] as const satisfies readonly (keyof Environment)[];

/** What is known of the environment as a whole. */
interface Deployment {
  readonly production: boolean;
  /** Variables that name a Clerk instance. Without any, the embedded emulator would start. */
  readonly instance: readonly (typeof IDENTIFIES_INSTANCE)[number][];
  /** `BASE_URL` names another host than this one. */
  readonly isPublic: boolean;
}

function assertServable(env: Environment, deployment: Deployment): void {
  const problems: string[] = [];
  const { CLERK_DOMAIN: domain, CLERK_FRONTEND_API: frontendApi } = env;
  if (domain !== undefined && frontendApi !== undefined && bare(domain) !== bare(frontendApi)) {
    problems.push(
      'CLERK_DOMAIN and CLERK_FRONTEND_API disagree: both name the Frontend API. Set one of them.',
    );
  }
  const { production, instance } = deployment;
  if (instance.length > 0 && env.CLERK_EMULATOR !== undefined) {
    problems.push(
      `CLERK_EMULATOR=on runs the service on the emulator, and ${instance.join(', ')} on a Clerk instance. Unset one or the other.`,
    );
  }
  const reason = instance.length === 0 ? emulatorProblem(env, deployment) : undefined;
  if (reason !== undefined) {
    problems.push(
      `[Clerk] Missing required config: secretKey. Set CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY to the keys of your Clerk instance (${reason}).`,
    );
  }
  if (production && env.BASE_URL === undefined) {
    problems.push(
      '[Clerk] Missing required config: baseURL. Set BASE_URL to the public URL of this server.',
    );
  }
  if (env.REDIS_URL !== undefined && env.CLUSTER_SECRET === undefined) {
    problems.push(
      'CLUSTER_SECRET: REDIS_URL is set, and what the nodes share is encrypted. Set the same 32 random bytes or more on every node: openssl rand -base64 48',
    );
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** Why the embedded emulator may not start: anybody who reaches it can sign in as anybody. */
function emulatorProblem(env: Environment, deployment: Deployment): string | undefined {
  if (deployment.production) return 'the local Clerk emulator never runs in production';
  if (!isLoopback(env.HOST)) {
    return `the local Clerk emulator serves loopback hosts only, and HOST is ${env.HOST}`;
  }
  if (deployment.isPublic && env.CLERK_EMULATOR === undefined) {
    return `the local Clerk emulator serves loopback hosts only, and BASE_URL is ${env.BASE_URL}; for a tunnel to your own machine, set CLERK_EMULATOR=on`;
  }
  return undefined;
}

function warningsOf(env: Environment, isPublic: boolean): readonly string[] {
  const keys = [env.CLERK_SECRET_KEY, env.CLERK_PUBLISHABLE_KEY];
  if (!isPublic || !keys.some((key) => /^[sp]k_test_/.test(key?.trim() ?? ''))) return [];
  return [
    `[Clerk] BASE_URL is ${env.BASE_URL}, and the keys are those of a development instance (sk_test_, pk_test_), which anybody may sign up to. Set the keys of your production instance before others use this server.`,
  ];
}

function bare(domain: string): string {
  return domain.replace(/^https?:\/\//, '').replace(/\/+$/, '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
