import { parseArgs } from 'node:util';
import type { Command } from '../command-line.js';
import { readEnvironment, readToken } from '../read-environment.js';
import type { Terminal } from '../terminal.js';
import { type Check, failure, warning, isWell, jsonReport, textReport } from './report.js';
import { checkInstance } from './check-instance.js';
import { checkScopes, checkTokens } from './check-tokens.js';
import { checkServer } from './check-server.js';
import { checkSignIn } from './check-sign-in.js';
import { checkToken } from './check-token.js';
import { type DoctorSetup, readSetup } from './doctor-setup.js';
import { createProbe, type Probe } from '../probe.js';

/** `nestjs-clerk-mcp doctor`: what is wrong with a deployment, and what to do about it. */
export const doctorCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp doctor [options]

Checks the keys against the Clerk instance, and the running server from outside, as clients reach it.
Reads the variables of the service (.env.example) from the environment and from .env.
Ends with 1 when a check failed.

  --url <url>           URL of the MCP endpoint, as clients write it. Default: BASE_URL/mcp
  --token               read an access token from the standard input and check it too
  --clerk-only          leave the server out: it does not run yet
  --env-file <file>     another file than .env
  --json                the report as JSON`,

  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        token: { type: 'boolean', default: false },
        'clerk-only': { type: 'boolean', default: false },
        'env-file': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const environment = await readEnvironment(terminal, values['env-file']);
    const setup = readSetup(environment, values.url);
    const token = values.token ? await readToken(terminal) : undefined;
    const checks = await examine(setup, { token, withServer: !values['clerk-only'], terminal });
    terminal.print(values.json ? jsonReport(checks) : textReport(checks));
    return isWell(checks) ? 0 : 1;
  },
};

interface Examination {
  readonly token: string | undefined;
  readonly withServer: boolean;
  readonly terminal: Terminal;
}

async function examine(
  { resource, options, clerk, namesNoInstance, production }: DoctorSetup,
  { token, withServer, terminal }: Examination,
): Promise<readonly Check[]> {
  const probe = createProbe(() => terminal.now(), terminal.stopped);
  const server = withServer ? await checkServer(resource, production, probe) : NO_SERVER;
  if (typeof clerk === 'string') {
    const onStandIn = namesNoInstance && !production && server.issuer?.startsWith('http:');
    const found = onStandIn ? standIn(server.issuer ?? '') : unfit(clerk);
    return [found, ...(await signIn(server.issuer, false, server.scopes, probe)), ...server.checks];
  }
  return [
    ...(await checkInstance(clerk, probe)),
    ...(await signIn(clerk.issuer, clerk.oauthClient !== null, server.scopes, probe)),
    ...(await checkTokens(clerk, probe)),
    ...(withServer ? [...server.checks, ...sameIssuer(server.issuer, clerk.issuer)] : []),
    ...(token === undefined ? [] : await checkToken(token, options, clerk, server.scopes)),
  ];
}

async function signIn(
  issuer: string | undefined,
  hasOauthClient: boolean,
  asked: readonly string[],
  probe: Probe,
): Promise<readonly Check[]> {
  if (issuer === undefined) return [];
  const { checks, scopes } = await checkSignIn({ issuer, hasOauthClient }, probe);
  if (scopes === undefined || asked.length === 0) return checks;
  return [...checks, checkScopes(asked, scopes)];
}

function sameIssuer(named: string | undefined, issuer: string): readonly Check[] {
  if (named === undefined || named === issuer) return [];
  return [
    failure(
      'server-instance',
      `The server sends clients to ${named}, the variables here name ${issuer}`,
      'Run this with the variables that the server has.',
    ),
  ];
}

function standIn(issuer: string): Check {
  return warning(
    'configuration',
    `No Clerk instance is named: the server runs on the local stand-in ${issuer}`,
    'Set CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY for a real one.',
  );
}

function unfit(message: string): Check {
  const [, said = message, cure = ''] = /^(.+?)\. (.+)$/s.exec(message) ?? [];
  return failure('configuration', said, cure);
}

const NO_SERVER = { checks: [], issuer: undefined, scopes: [] } as const;
