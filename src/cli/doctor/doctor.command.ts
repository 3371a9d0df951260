import { parseArgs } from 'node:util';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import { type Command, UsageError } from '../command.js';
import { endpointURL, readSeconds } from '../read-arguments.js';
import { readEnvironment, readToken } from '../read-environment.js';
import type { Terminal } from '../terminal.js';
import { type Check, failure, warning, allPassed, jsonReport, textReport } from './report.js';
import { checkInstance } from './check-instance.js';
import { checkPackages } from './check-packages.js';
import { checkRules } from './check-rules.js';
import { checkScopes } from './check-scopes.js';
import { checkTokens } from './check-tokens.js';
import { checkServer } from './check-server.js';
import { checkSignIn } from './check-sign-in.js';
import { checkToken } from './check-token.js';
import { type DoctorSetup, readSetup } from './doctor-setup.js';
import { withPage } from './pages.js';
import { checkProduction } from './production/check-production.js';
import { createProbe, type Probe } from '../probe.js';

/** `nestjs-clerk-mcp doctor`: finds mistakes in a deployment and says how to correct them. */
export const doctorCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp doctor [url] [options]

Checks the installed packages, the keys at the Clerk instance, and the running server over its public
URL, as clients use it.
Reads the variables of the service (.env.example) from the environment and from .env.
Exits with 1 if a check failed.

  [url]                 public address of the server, such as https://mcp.example.com; without a path,
                        the endpoint is /mcp below it
  --url <url>           URL of the MCP endpoint, exactly as clients use it. Default: BASE_URL/mcp
  --token               also check an access token, which is read from the standard input
  --app <file>[#name]   compiled file of the root module, and its class: also check the scopes of its
                        access rules. Starts the application without its HTTP server
  --clerk-only          skip the checks of the server, for example before it runs
  --env-file <file>     file to read instead of .env
  --production          also check settings, secrets, Node.js, Redis, HTTPS and the proxy
  --stream-seconds <n>  how long --production watches a stream at most. Default: 20
  --json                print the report as JSON

With --live it examines a development instance of Clerk through a real sign-in instead. It creates OAuth
applications there, asks before it does, and deletes them at the end.

  --live                examine the instance
  --yes                 do not ask (for scripts)
  --out <file>          file of the result, for emulator --like. Default: live.json
  --client-metadata <url>   URL of a client metadata document (CIMD), whose scopes are examined
  --wait <seconds>      time for each sign-in in the browser. Default: 600
  --no-browser          print the URL of the sign-in only`,

  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        token: { type: 'boolean', default: false },
        app: { type: 'string' },
        'clerk-only': { type: 'boolean', default: false },
        'env-file': { type: 'string' },
        json: { type: 'boolean', default: false },
        production: { type: 'boolean', default: false },
        'stream-seconds': { type: 'string' },
        live: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        out: { type: 'string' },
        'client-metadata': { type: 'string' },
        wait: { type: 'string' },
        'no-browser': { type: 'boolean', default: false },
      },
    });
    refuseMixedOptions(values);
    const environment = await readEnvironment(terminal, values['env-file']);
    const url = urlOf(values.url, positionals);
    if (values.live) {
      const { examineLive } = await import('./live/examine-live.js');
      return examineLive(environment, { ...values, url }, terminal);
    }
    const setup = readSetup(environment, url, values.production);
    const streamMs = readSeconds(values['stream-seconds'] ?? '20', '--stream-seconds', 600);
    const token = values.token ? await readToken(terminal) : undefined;
    const examined = await runChecks(setup, { token, withServer: !values['clerk-only'], terminal });
    const checks = [
      ...(await checkPackages(process.cwd())),
      ...examined.checks,
      ...(values.app === undefined ? [] : await checkRules(values.app)),
      ...(values.production
        ? await checkProduction({
            environment,
            resource: setup.resource,
            isReachable: examined.isReachable,
            token,
            streamMs,
            probe: createProbe(() => terminal.now(), terminal.stopped),
            stopped: terminal.stopped,
            now: terminal.now(),
          })
        : []),
    ].map(withPage);
    terminal.print(values.json ? jsonReport(checks) : textReport(checks));
    return allPassed(checks) ? 0 : 1;
  },
};

/** An option of the other mode would have no effect, so it is a mistake. */
function refuseMixedOptions(values: Readonly<Record<string, string | boolean | undefined>>): void {
  const isGiven = (name: string) => values[name] !== undefined && values[name] !== false;
  const [others, hint] = values['live']
    ? [['token', 'app', 'clerk-only', 'production'], 'cannot be combined with --live']
    : [['yes', 'out', 'client-metadata', 'wait', 'no-browser'], 'requires --live'];
  const wrong = others.find(isGiven);
  if (wrong !== undefined) throw new UsageError(`--${wrong} ${hint}.`);
  if (isGiven('stream-seconds') && !values['production']) {
    throw new UsageError('--stream-seconds requires --production.');
  }
}

/** The URL of the endpoint: as given with `--url`, or found from a public address. */
function urlOf(option: string | undefined, positionals: readonly string[]): string | undefined {
  const [address, another] = positionals;
  if (address === undefined) return option;
  if (another !== undefined || option !== undefined) {
    throw new UsageError('Pass one URL, as an argument or with --url.');
  }
  return endpointURL(address);
}

interface CheckOptions {
  readonly token: string | undefined;
  readonly withServer: boolean;
  readonly terminal: Terminal;
}

async function runChecks(
  { resource, options, clerk, namesNoInstance, production }: DoctorSetup,
  { token, withServer, terminal }: CheckOptions,
): Promise<ExaminedSetup> {
  const probe = createProbe(() => terminal.now(), terminal.stopped);
  const server = withServer ? await checkServer(resource, production, probe) : NO_SERVER;
  if (typeof clerk === 'string') {
    const usesEmulator = namesNoInstance && !production && server.issuer?.startsWith('http:');
    const configuration = usesEmulator ? onEmulator(server.issuer ?? '') : invalid(clerk);
    const checks = [
      configuration,
      ...(await signIn(server.issuer, null, server.scopes, probe)),
      ...server.checks,
    ];
    return { checks, isReachable: server.isReachable };
  }
  const checks = [
    ...(await checkInstance(clerk, probe)),
    ...(await signIn(clerk.issuer, clerk, server.scopes, probe)),
    ...(await checkTokens(clerk, probe)),
    ...(withServer ? [...server.checks, ...sameIssuer(server.issuer, clerk.issuer)] : []),
    ...(token === undefined ? [] : await checkToken(token, options, clerk, server.scopes)),
  ];
  return { checks, isReachable: server.isReachable };
}

interface ExaminedSetup {
  readonly checks: readonly Check[];
  /** Whether the server answered. */
  readonly isReachable: boolean;
}

async function signIn(
  issuer: string | undefined,
  clerk: ResolvedClerkOptions | null,
  requested: readonly string[],
  probe: Probe,
): Promise<readonly Check[]> {
  if (issuer === undefined) return [];
  const hasOauthClient = clerk !== null && clerk.oauthClient !== null;
  const { checks, scopes } = await checkSignIn({ issuer, hasOauthClient }, probe);
  if (scopes === undefined || requested.length === 0) return checks;
  return [...checks, ...(await checkScopes({ requested, advertised: scopes, clerk }, probe))];
}

function sameIssuer(named: string | undefined, issuer: string): readonly Check[] {
  if (named === undefined || named === issuer) return [];
  return [
    failure(
      'server-instance',
      `The server names the issuer ${named}, but the local variables name ${issuer}`,
      'Run this command with the variables of the server.',
    ),
  ];
}

function onEmulator(issuer: string): Check {
  return warning(
    'configuration',
    `No variable names a Clerk instance: the server uses the local Clerk emulator ${issuer}`,
    'Set CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY to use a Clerk instance.',
  );
}

function invalid(message: string): Check {
  const [, problem = message, cure = ''] = /^(.+?)\. (.+)$/s.exec(message) ?? [];
  return failure('configuration', problem, cure);
}

const NO_SERVER = { checks: [], isReachable: false, issuer: undefined, scopes: [] } as const;
