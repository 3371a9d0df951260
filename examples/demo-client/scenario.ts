import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  auth,
  type CallToolResult,
} from '@modelcontextprotocol/client';
import { MemoryOAuthProvider } from './memory-oauth-provider.js';
import { expect, type Report } from './report.js';
import { signIn } from './sign-in.js';

/** Runs a complete client flow, from the first refusal to the refresh of the tokens. */
export async function runScenario(
  url: string,
  era: '2025-11-25' | '2026-07-28',
  report: Report,
): Promise<void> {
  report.title(`A client of ${era}`);
  const account = era === '2025-11-25' ? 'ada@example.com' : 'grace@example.com';
  const provider = new MemoryOAuthProvider((address) => signIn(address, account, report));
  const connect = () => connectAs(url, era, provider, report);

  const anonymous = connect();
  await anonymous.connected.then(
    () => expect(false, 'the server to ask for a sign-in (MCP_SIGN_IN=connect)'),
    (error: unknown) => expect(error instanceof UnauthorizedError, `a sign-in, not ${error}`),
  );
  expect(provider.response !== undefined, 'an authorization code');
  await anonymous.transport.finishAuth(provider.response.code, provider.response.iss ?? undefined);
  await anonymous.client.close();

  const { client, connected } = connect();
  await connected;
  await report.step(
    'tools/list',
    () => client.listTools(),
    ({ tools }) => `signed in: ${tools.map(({ name }) => name).join(', ')}`,
  );
  await callTools(client, provider, report);
  await report.step(
    'refresh',
    () => auth(provider, { serverUrl: url, fetchFn: tracing(report) }),
    (result) => {
      expect(result === 'AUTHORIZED', 'the refresh to need no new sign-in');
      return 'the standard OAuth refresh, without a new sign-in';
    },
  );
  await report.step(
    'echo',
    () => call(client, ECHO),
    ({ userId }) => `as ${userId}, with the new token`,
  );
  await client.close();
}

const ECHO = { name: 'echo', arguments: { message: 'Hello, MCP' } };

async function callTools(
  client: Client,
  provider: MemoryOAuthProvider,
  report: Report,
): Promise<void> {
  await report.step(
    'getAuthInfo',
    () => call(client, { name: 'getAuthInfo' }),
    ({ issuer, resource }) => `issuer ${issuer}, resource ${resource}`,
  );
  await report.step(
    'getUserProfile',
    () => call(client, { name: 'getUserProfile' }),
    ({ userId, firstName, lastName, email }) => `${firstName} ${lastName} <${email}>, ${userId}`,
  );
  await report.step(
    'echo',
    () => call(client, ECHO),
    ({ message, userEmail, timestamp }) => `"${message}" from ${userEmail} at ${timestamp}`,
  );
  const tokens = provider.tokens();
  expect(tokens?.refresh_token !== undefined, 'a refresh token');
  const renewed = await report.step(
    'refreshToken',
    () =>
      call(client, {
        name: 'refreshToken',
        arguments: {
          refreshToken: tokens.refresh_token,
          clientId: provider.clientInformation()?.client_id,
        },
      }),
    ({ token_type: type, expires_in: seconds }) => `a new ${type} token for ${seconds} s`,
  );
  provider.saveTokens({
    ...tokens,
    access_token: String(renewed['access_token']),
    refresh_token: String(renewed['refresh_token']),
  });
}

async function call(
  client: Client,
  params: Parameters<Client['callTool']>[0],
): Promise<Record<string, unknown>> {
  const result: CallToolResult = await client.callTool(params);
  const [block] = result.content;
  expect(!result.isError, block?.type === 'text' ? `success, not: ${block.text}` : 'success');
  expect(typeof result.structuredContent === 'object', 'structured content');
  return { ...result.structuredContent };
}

function connectAs(
  url: string,
  era: string,
  provider: MemoryOAuthProvider,
  report: Report,
): { client: Client; transport: StreamableHTTPClientTransport; connected: Promise<void> } {
  const client = new Client(
    { name: 'demo', version: '1.0.0' },
    { versionNegotiation: { mode: era === '2026-07-28' ? { pin: era } : 'legacy' } },
  );
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    authProvider: provider,
    fetch: tracing(report),
  });
  return { client, transport, connected: client.connect(transport) };
}

/** The `fetch` of the client, which prints a line for each OAuth request. */
function tracing(report: Report): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const challenge = response.headers.get('www-authenticate');
    if (response.status === 401) report.done('401', challenge ?? '');
    if (!response.ok) return response;
    const step = STEPS.find(([path]) => pathname.startsWith(path));
    if (!step) return response;
    const document: unknown = await response.clone().json();
    if (isObject(document)) report.done(step[1], step[2](document));
    return response;
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

type Describe = (document: Record<string, unknown>) => string;

const STEPS: readonly (readonly [path: string, step: string, describe: Describe])[] = [
  [
    '/.well-known/oauth-protected-resource',
    'metadata',
    (resource) => `${resource['resource']} is protected by ${resource['authorization_servers']}`,
  ],
  [
    '/.well-known/oauth-authorization-server',
    'metadata',
    (server) => `${server['issuer']} registers clients at ${server['registration_endpoint']}`,
  ],
  ['/oauth/register', 'registration', (client) => `client ${client['client_id']}`],
  ['/oauth/token', 'token', (token) => `${token['token_type']}, scope "${token['scope']}"`],
];
