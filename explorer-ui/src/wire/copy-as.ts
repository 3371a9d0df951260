import { caller } from '../state/caller.js';
import type { Exchange } from '../state/wire.js';

/** As a command. The token is a variable: a command is pasted into chats and tickets. */
export function asCurl({ method, url, requestHeaders, requestBody }: Exchange): string {
  const headers = requestHeaders.map(([name, value]) =>
    name === 'authorization'
      ? `-H "Authorization: Bearer $TOKEN"`
      : `-H ${quoted(`${name}: ${value}`)}`,
  );
  return [
    `curl -X ${method} ${quoted(new URL(url, location.href).href)}`,
    ...headers,
    ...(requestBody === undefined ? [] : [`--data-raw ${quoted(requestBody)}`]),
  ].join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** As code with the official client. */
export function asClient(exchange: Exchange): string {
  const { url } = exchange;
  const isModern = exchange.requestHeaders.some(
    ([name, value]) => name === 'mcp-protocol-version' && value.startsWith('2026'),
  );
  const hasToken = exchange.requestHeaders.some(([name]) => name === 'authorization');
  const init = hasToken
    ? `, {
  requestInit: { headers: { Authorization: \`Bearer \${process.env.TOKEN}\` } },
}`
    : '';
  return `import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const client = new Client(
  { name: 'my-client', version: '1.0.0' },
  { versionNegotiation: { mode: '${isModern ? 'auto' : 'legacy'}' } },
);
await client.connect(new StreamableHTTPClientTransport(new URL('${new URL(url, location.href).href}')${init}));
${callOf(exchange)}
`;
}

function callOf({ message, requestBody }: Exchange): string {
  const { name, uri, arguments: args } = paramsOf(requestBody);
  switch (message) {
    case 'tools/call':
      return `const result = await client.callTool(${literal({ name, arguments: args ?? {} })});`;
    case 'resources/read':
      return `const result = await client.readResource(${literal({ uri })});`;
    case 'prompts/get':
      return `const result = await client.getPrompt(${literal({ name, arguments: args ?? {} })});`;
    case 'resources/list':
      return 'const { resources } = await client.listResources();';
    case 'prompts/list':
      return 'const { prompts } = await client.listPrompts();';
    default:
      return 'const { tools } = await client.listTools();';
  }
}

/** As a test with `nestjs-clerk-mcp/testing`. */
export function asTest(exchange: Exchange): string {
  const { wanted } = caller.value;
  const { name = '', uri = '', arguments: args } = paramsOf(exchange.requestBody);
  const person = {
    ...(wanted?.user !== undefined && { email: wanted.user }),
    ...(wanted?.organization !== undefined && { organization: wanted.organization }),
    ...(wanted?.scopes && { scopes: wanted.scopes }),
  };
  const isAnonymous = !exchange.requestHeaders.some(([key]) => key === 'authorization');
  const who = isAnonymous ? 'test.anonymous()' : `await test.as(${literal(person)})`;
  const isRefused = typeof exchange.status === 'number' && exchange.status >= 400;
  const call =
    {
      'resources/read': `caller.readResource(${literal(uri)})`,
      'prompts/get': `caller.getPrompt(${literal(name)}, ${literal(args ?? {})})`,
    }[exchange.message] ?? `caller.callTool(${literal(name)}, ${literal(args ?? {})})`;
  const expected = isRefused
    ? `await expect(${call}).rejects.toMatchObject({ status: ${exchange.status} });`
    : `const result = await ${call};`;
  return `await using test = await createMcpTest({ imports: [AppModule] });
const caller = ${who};
${expected}
`;
}

interface Params {
  readonly name?: string;
  readonly uri?: string;
  readonly arguments?: object;
}

function paramsOf(body: string | undefined): Params {
  try {
    return (JSON.parse(body ?? '') as { params?: Params }).params ?? {};
  } catch {
    return {};
  }
}

/** JSON is JavaScript; members that are names go without quotation marks. */
function literal(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/^(\s*)"([A-Za-z_]\w*)":/gm, '$1$2:');
}
