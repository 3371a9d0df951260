import { request } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../e2e/built-service.js';
import { freePort } from '../support/free-port.js';
import { callTool, ENVELOPE, modernHeaders } from '../support/mcp-request.js';
import { eventually, within } from '../support/within.js';
import { ClientSession, ReadStream, type WireMessage } from './support/client-session.js';
import { LOAD, startLoad, type Failure } from './support/load.js';
import { isInstalled, Proxy } from './support/proxy.js';
import { startProcesses, type ServiceProcesses } from './support/service-processes.js';

const FAILURES = 5;
/** More than the 15 seconds between two comments. */
const TIMEOUT = '25s';
/** Comments of 30 seconds: more than {@link TIMEOUT}. */
const COMMENTS = 2;
const BOARD = 'demo://board';

const isProgress = ({ method }: WireMessage) => method === 'notifications/progress';
const isUpdate = ({ method }: WireMessage) => method === 'notifications/resources/updated';
const outOf = (result: object | undefined) =>
  ((result as WireMessage['result'])?.['structuredContent'] ?? {}) as Record<string, unknown>;

const build = () =>
  buildProgram('test/nodes/support/board-node.ts', 'examples/demo-nodes/board.ts');

describe.each(['nginx', 'haproxy'] as const)('Three processes behind %s', (name) => {
  // On a machine of a developer; in CI it is a failure.
  if (!isInstalled(name) && !process.env['CI']) {
    it.skip(`${name} is not installed: apt-get install ${name}`, () => undefined);
    return;
  }

  let service: ServiceProcesses;
  let proxy: Proxy;
  let port: number;
  let url: string;
  let token: string;

  beforeAll(async () => {
    port = await freePort();
    // Another name than that of the nodes: the service answers this one alone.
    const origin = `http://localhost:${port}`;
    url = `${origin}/mcp`;
    const env = {
      BASE_URL: origin,
      ALLOWED_HOSTS: 'localhost',
      TRUST_PROXY: '127.0.0.1',
      AUTH_FAILURE_LIMIT: String(FAILURES),
      DRAIN_MS: '10000',
    };
    service = await startProcesses(3, env, build);
    const nodes = service.nodes.map((node) => node.origin);
    proxy = await Proxy.start(name, { port, nodes, timeout: TIMEOUT });
    token = await service.clerk.issue.oauthAccessToken({
      user: 'ada@example.com',
      resource: url,
      scopes: ['profile', 'email'],
    });
  });

  afterAll(async () => {
    await proxy?.stop();
    await service?.stop();
  });

  const call = (tool: string) => callTool(url, tool, {}, { token });

  const listen = async (): Promise<ReadStream> => {
    const params = { notifications: { resourceSubscriptions: [BOARD] }, _meta: ENVELOPE };
    const method = 'subscriptions/listen';
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...modernHeaders(method),
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const stream = new ReadStream(response);
    await stream.until(({ method = '' }) => method.endsWith('acknowledged'));
    return stream;
  };

  it('serve a client of 2025-11-25, whose session and stream are used at all nodes', async () => {
    const client = new Client(
      { name: 'test', version: '1' },
      { versionNegotiation: { mode: 'legacy' }, capabilities: { elicitation: {} } },
    );
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri);
    });
    client.setRequestHandler('elicitation/create', () => ({
      action: 'accept',
      content: { approved: true },
    }));
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    const nodes = new Set<unknown>();

    await eventually(async () => {
      nodes.add(outOf(await client.callTool({ name: 'whereAmI' }))['node']);
      expect(nodes.size).toBe(3);
    });
    for (let turn = 0; turn < 3; turn += 1) {
      expect(outOf(await client.callTool({ name: 'approve' }))).toMatchObject({ approved: true });
    }
    await client.subscribeResource({ uri: BOARD });
    await client.callTool({ name: 'change' });

    await eventually(() => expect(heard).toEqual([BOARD]));
    await client.close();
  });

  it('serve a client of 2026-07-28, which hears of changes at all nodes', async () => {
    const stream = await listen();
    const nodes = new Set<unknown>();

    await eventually(async () => {
      nodes.add(outOf((await call('change')).body.result)['node']);
      expect(nodes.size).toBe(3);
    });

    expect(await stream.until(isUpdate)).toBeDefined();
    await stream.close();
  });

  it('report progress while the call runs', async () => {
    const session = await ClientSession.open(url, token);
    const running = await session.startCall(url, 'report');

    const started = await running.until(isProgress);
    expect(started?.message.params).toMatchObject({ progress: 1, message: 'started' });
    expect(running.isEnded).toBe(false);
    for (const node of service.nodes) await release(node.url);

    const done = await running.until(({ result }) => result !== undefined);
    expect(outOf(done?.message.result)).toEqual({ done: true });
    expect(running.messages.filter(({ message }) => isProgress(message))).toHaveLength(2);
  });

  /** Ends the reports of one node, past the proxy. */
  const release = async (node: string): Promise<void> => {
    const headers = { host: `localhost:${port}`, authorization: `Bearer ${token}` };
    const params = { name: 'release', arguments: {}, _meta: ENVELOPE };
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    const modern = modernHeaders('tools/call', { name: 'release' });
    expect(await post(node, { ...modern, ...headers }, message)).toBe(200);
  };

  it('keep idle streams for longer than the proxy waits for a silent node', async () => {
    const session = await ClientSession.open(url, token);
    await session.request(url, 'resources/subscribe', { uri: BOARD });
    const streams = [await session.listen(url), await listen()];

    await eventually(() => {
      for (const { comments, isEnded } of streams) {
        expect(isEnded).toBe(false);
        expect(comments).toBeGreaterThanOrEqual(COMMENTS);
      }
    });
    await call('change');

    for (const stream of streams) {
      expect(await stream.until(isUpdate)).toBeDefined();
      await stream.close();
    }
  });

  it('see the address of the client, and not what the client says of it', async () => {
    const turn = (from: string) =>
      post(
        `http://127.0.0.1:${port}/mcp`,
        {
          host: `localhost:${port}`,
          authorization: 'Bearer bad',
          'x-forwarded-for': `192.0.2.${(said += 1)}`,
        },
        { jsonrpc: '2.0', id: 1, method: 'tools/list' },
        from,
      );
    let said = 0;

    const answers: (number | undefined)[] = [];
    while (answers.at(-1) !== 429 && answers.length < 200) answers.push(await turn('127.0.0.2'));

    expect(answers.at(-1)).toBe(429);
    expect(new Set(answers.slice(0, -1))).toEqual(new Set([401]));
    expect(await turn('127.0.0.3')).toBe(401);
  });

  it('answer all calls that begin after a node was killed, on its sessions as well', async () => {
    const [first] = service.nodes;
    if (!first) throw new Error('no node');
    const session = await ClientSession.open(url, token);
    const load = startLoad(url, token, session);
    await load.more();

    await first.signal('SIGKILL');
    const killed = load.begun();
    await load.more();
    await first.start();
    await load.more();
    const failed = await load.end();

    expect(failed.filter(({ turn }) => turn > killed)).toEqual([]);
  });

  it('can be restarted one after the other', async () => {
    const session = await ClientSession.open(url, token);
    const load = startLoad(url, token, session);
    const restarts: { readonly from: number; readonly to: number }[] = [];
    for (const node of service.nodes) {
      await load.more();
      // Calls that have begun may reach the node later.
      const from = load.begun() - LOAD;
      await within(node.signal('SIGTERM'), 'the end of a node');
      await node.start();
      restarts.push({ from, to: load.begun() });
    }
    await load.more();
    const failed = await load.end();

    // nginx does not ask whether a node is ready: it cannot repeat a call that it sends while the node closes.
    const isAtRestart = ({ status, turn }: Failure) =>
      name === 'nginx' &&
      [502, 503].includes(Number(status)) &&
      restarts.some(({ from, to }) => turn > from && turn <= to);
    expect(failed.filter((failure) => !isAtRestart(failure))).toEqual([]);
    // The other two nodes answer on.
    const atRestarts = restarts.reduce((sum, { from, to }) => sum + to - from, 0);
    expect(failed.length).toBeLessThan(atRestarts / 2);
  });
});

/** Status of a POST with headers that `fetch` does not send, from an address of this machine. */
function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  message: object,
  localAddress = '127.0.0.1',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const json = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const outgoing = request(url, {
      method: 'POST',
      headers: { ...json, ...headers },
      localAddress,
      agent: false,
    });
    outgoing.on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    outgoing.on('error', reject).end(JSON.stringify(message));
  });
}
