import { Client as McpClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-port.js';
import type { ClientDriver, ClientHandle, ClientUse, Era } from '../client-driver.js';
import { PROGRAM_PATIENCE, type RunningProgram } from '../drive/program.js';
import { GIVEN_TOKEN, signInFor } from './given-token.js';
import { lastWords } from './succeeded.js';
import { StdioClient } from './stdio-peer.js';

/** supergateway before the endpoint: a client over stdio reaches it, with a token of its user. */
export const supergatewayToStdio: ClientDriver = {
  eras: ['2025'],
  cannot: givenToken(),
  async open(use) {
    return new HttpToStdio(use);
  },
};

/** A gateway that serves `node dist/main.js --stdio` over HTTP, without a sign-in of its own. */
export function stdioToHttp(gateway: Gateway): ClientDriver {
  return {
    eras: gateway.eras,
    cannot: { ...givenToken(), restart: 'starts the server itself' },
    async open(use) {
      return new StdioToHttp(use, gateway);
    },
  };
}

/** How a gateway is told what to serve. */
export interface Gateway {
  /** The script, in the folder of the client. */
  readonly script: string;
  readonly eras: readonly Era[];
  args(port: number, node: string, service: string): readonly string[];
}

export const supergateway: Gateway = {
  script: 'supergateway/dist/index.js',
  eras: ['2025'],
  args(port, node, service) {
    const command = `"${node}" "${service}" --stdio`;
    const output = ['--outputTransport', 'streamableHttp', '--stateful', '--port', String(port)];
    return ['--stdio', command, ...output];
  },
};

export const mcpProxy: Gateway = {
  script: 'mcp-proxy/dist/bin/mcp-proxy.mjs',
  eras: ['2025', '2026'],
  args(port, node, service) {
    const at = ['--host', '127.0.0.1', '--port', String(port), '--server', 'stream'];
    return [...at, '--upstreamProtocol', 'auto', '--', node, service, '--stdio'];
  },
};

class HttpToStdio extends StdioClient {
  readonly isGivenToken = true;
  #token = '';

  constructor(private readonly use: ClientUse) {
    super();
  }

  async signIn(): Promise<void> {
    this.#token = (await signInFor(this.use)).accessToken;
    await this.reconnect();
  }

  protected start(): RunningProgram {
    const { folder, node, url } = this.use;
    const script = join(folder, 'node_modules', supergateway.script);
    const args = [script, '--streamableHttp', url, '--oauth2Bearer', this.#token];
    return this.use.start(node, args, { keepInput: true });
  }
}

class StdioToHttp implements ClientHandle {
  readonly isGivenToken = true;
  #program: RunningProgram | undefined;
  readonly #client: McpClient;

  constructor(
    private readonly use: ClientUse,
    private readonly gateway: Gateway,
  ) {
    const mode = use.era === '2026' ? 'auto' : 'legacy';
    const options = { versionNegotiation: { mode } } as const;
    this.#client = new McpClient({ name: 'client-matrix', version: '1.0.0' }, options);
  }

  async signIn(): Promise<void> {
    const { folder, node, url } = this.use;
    const { issuer, accessToken } = await signInFor(this.use);
    const port = await freePort();
    const script = join(folder, 'node_modules', this.gateway.script);
    const args = [script, ...this.gateway.args(port, process.execPath, SERVICE)];
    const env = {
      BASE_URL: new URL(url).origin,
      CLERK_DOMAIN: issuer,
      CLERK_PUBLISHABLE_KEY: publishableKeyOf(issuer),
      MCP_ACCESS_TOKEN: accessToken,
    };
    this.#program = this.use.start(node, args, { env, keepInput: true });
    const endpoint = new URL(`http://127.0.0.1:${port}/mcp`);
    await this.#served(endpoint, this.#program);
    await this.#client.connect(new StreamableHTTPClientTransport(endpoint));
  }

  /** Waits until the gateway answers, whatever it says. */
  async #served(endpoint: URL, program: RunningProgram): Promise<void> {
    const deadline = Date.now() + PROGRAM_PATIENCE;
    while (!program.exited && Date.now() < deadline) {
      try {
        await (await fetch(endpoint, { method: 'OPTIONS' })).body?.cancel();
        return;
      } catch {
        await wait(LOOK_AGAIN);
      }
    }
    throw new Error(`does not serve: ${lastWords(program.stdout, program.stderr)}`);
  }

  async list(): Promise<readonly string[]> {
    const { tools } = await this.#client.listTools();
    return tools.map(({ name }) => name);
  }

  async call(tool: string, input: Record<string, unknown>): Promise<string> {
    const { content, isError } = await this.#client.callTool({ name: tool, arguments: input });
    const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
    if (isError === true) throw new Error(text);
    return text;
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#program?.stop();
  }
}

const LOOK_AGAIN = 100;

function givenToken() {
  return {
    discovery: GIVEN_TOKEN,
    registration: GIVEN_TOKEN,
    'sign-in': GIVEN_TOKEN,
    refresh: GIVEN_TOKEN,
    'step-up': GIVEN_TOKEN,
  };
}

/** The name of the instance in the form of its publishable key, which is public. */
function publishableKeyOf(issuer: string): string {
  return `pk_test_${Buffer.from(`${new URL(issuer).host}$`).toString('base64')}`;
}

/** Compiled, this file is `build/test-clients/clients/programs/gateways.js`. */
const SERVICE = fileURLToPath(new URL('../../../../dist/main.js', import.meta.url));
