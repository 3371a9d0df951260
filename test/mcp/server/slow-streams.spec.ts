import { connect as connectSocket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Revocations } from '../../../src/access/revocation.js';
import { ServiceDrain } from '../../../src/drain/service-drain.js';
import { Heartbeat } from '../../../src/mcp/server/heartbeat.js';
import { SdkPath } from '../../../src/mcp/server/sdk-path.js';
import { type AnnouncedRevocations, REVOCATIONS } from '../../support/announced-revocations.js';
import { eventually } from '../../support/within.js';
import { SteppedPauses } from '../../support/stepped-pauses.js';
import { CLIENT_MODES, connect } from '../clients.js';
import { mcpApp, rpc, within, type McpApp, type McpAppOptions } from '../fixtures.js';
import { openSession } from './session-client.js';
import { Gate, SlowEntries } from './slow-entries.js';
import { messagesIn } from './slow-requests.js';

interface Slow extends McpApp {
  readonly gate: Gate;
  readonly heartbeat: Heartbeat;
  /** Starts a call, and lets it become a stream. */
  slowCall(way: (typeof WAYS)[number], name?: string, signal?: AbortSignal): Promise<Response>;
  openAnswers(): number;
}

const WAYS = ['modern', 'session', 'no session'] as const;

async function start(options: McpAppOptions = {}): Promise<Slow> {
  const heartbeat = new Heartbeat();
  const mcp = await mcpApp([Gate, SlowEntries], {
    ...options,
    override: (builder) =>
      (options.override?.(builder) ?? builder).overrideProvider(Heartbeat).useValue(heartbeat),
  });
  const gate = mcp.app.get(Gate);
  onTestFinished(() => gate.open());
  const slowCall: Slow['slowCall'] = async (way, name = 'waits', signal) => {
    const session = way === 'session' ? (await openSession(mcp.url, 'alice')).id : undefined;
    const arrived = gate.close();
    const response = rpc(
      mcp.url,
      'tools/call',
      { name, arguments: {} },
      {
        era: way === 'modern' ? 'modern' : 'legacy',
        as: 'alice',
        ...(session !== undefined && { headers: { 'mcp-session-id': session } }),
        ...(signal && { signal }),
      },
    );
    await within(arrived, 'the handler');
    for (let passed = 0; passed < 4; passed += 1) heartbeat.beat();
    const head = await within(response, 'the head of the stream');
    expect(head.headers.get('content-type')).toBe('text/event-stream');
    return head;
  };
  const openAnswers = () => Reflect.get(mcp.app.get(SdkPath), 'answers').size;
  return { ...mcp, gate, heartbeat, slowCall, openAnswers };
}

describe.each([true, false])('a slow call, with the fast path: %s', (fastPath) => {
  it.each(WAYS)('%s: leaves nothing behind when it has ended', async (way) => {
    const { slowCall, gate, openAnswers, heartbeat } = await start({ fastPath });
    const response = await slowCall(way);
    expect(openAnswers()).toBe(1);
    gate.open();
    const text = await within(response.text(), 'the end of the stream');
    expect(messagesIn(text)).toHaveLength(1);
    await eventually(() => expect(openAnswers()).toBe(0));
    heartbeat.beat();
  });

  it.each(['modern', 'no session'] as const)(
    '%s: is cancelled when its client disconnects',
    async (way) => {
      const { slowCall, app, openAnswers } = await start({ fastPath });
      const cancelled = new Promise<void>((resolve) => {
        app.get(SlowEntries).cancelled = resolve;
      });
      const client = new AbortController();
      const response = await slowCall(way, 'cancels', client.signal);
      client.abort();
      await within(cancelled, 'the signal of the handler');
      await expect(response.text()).rejects.toThrow();
      await eventually(() => expect(openAnswers()).toBe(0));
    },
  );

  it.each(['modern', 'no session'] as const)(
    '%s: is told of the shutdown within its stream, and its handler is aborted',
    async (way) => {
      const { slowCall, app } = await start({ fastPath });
      const cancelled = new Promise<void>((resolve) => {
        app.get(SlowEntries).cancelled = resolve;
      });
      const response = await slowCall(way, 'cancels');
      const text = response.text();
      await within(app.close(), 'the shutdown');
      const messages = messagesIn(await within(text, 'the end of the stream'));
      expect(messages).toMatchObject([
        { id: expect.any(Number), error: { code: -32_000, message: 'Shutting down' } },
      ]);
      await within(cancelled, 'the signal of the handler');
    },
  );

  it('session: its stream ends with the shutdown', async () => {
    const { slowCall, app } = await start({ fastPath });
    const text = (await slowCall('session')).text();
    await within(app.close(), 'the shutdown');
    await within(text, 'the end of the stream');
  });

  it.each(WAYS)('%s: goes on while the service drains', async (way) => {
    const pauses = new SteppedPauses();
    const { slowCall, app, gate, heartbeat } = await start({
      fastPath,
      override: pauses.override,
    });
    const response = await slowCall(way);
    const drained = app.get(ServiceDrain).drain({ drainMs: 1, shutdownMs: 2 });
    pauses.end();
    await eventually(() => expect(app.get(SdkPath).isDraining).toBe(true));
    heartbeat.beat();
    gate.open();
    expect(await within(response.text(), 'the result')).toContain('structuredContent');
    await within(drained, 'the drain');
  });

  it.each(WAYS)('%s: is cut, after the grace, when its access is revoked', async (way) => {
    const { slowCall, app } = await start({
      fastPath,
      revocationGraceMs: 1,
      metadata: { providers: [REVOCATIONS] },
    });
    const response = await slowCall(way);
    const text = response.text().catch(() => 'cut');
    app.get<AnnouncedRevocations>(Revocations).revoke({ userId: 'user_alice' });
    expect(await within(text, 'the end')).not.toContain('structuredContent');
  });

  it('is no stream of a subscription: it takes no room of those', async () => {
    const { slowCall, gate, url } = await start({ fastPath, maxStreamsPerPrincipal: 1 });
    const response = await slowCall('modern');
    const params = { notifications: { toolsListChanged: true } };
    const listening = await rpc(url, 'subscriptions/listen', params, { as: 'alice' });
    expect(listening.status).toBe(200);
    await listening.body?.cancel();
    gate.open();
    await response.text();
  });
});

describe('a slow call whose client reads nothing', () => {
  it('keeps no comment for it', async () => {
    const { gate, heartbeat, url, app } = await start();
    const { hostname, port } = new URL(url);
    const socket = connectSocket(Number(port), hostname).pause();
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    const arrived = gate.close();
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'waits', arguments: {} },
    });
    const answers: { writableLength: number }[] = [];
    app
      .getHttpServer()
      .once('request', (_request: unknown, response: { writableLength: number }) =>
        answers.push(response),
      );
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await within(arrived, 'the handler');
    // Without a turn of the event loop nothing is sent: what is written is what is kept.
    for (let passed = 0; passed < 10_000; passed += 1) heartbeat.beat();
    expect(answers[0]?.writableLength).toBeLessThan(1_000);
  });
});

describe.each(CLIENT_MODES)('the official client %s', (mode) => {
  it('gets the results of slow calls', async () => {
    const { url, gate, heartbeat } = await start();
    const client = await connect(mode, url, 'alice');
    for (const name of ['waits', 'fails'] as const) {
      const arrived = gate.close();
      const outcome = client.callTool(name);
      await within(arrived, 'the handler');
      for (let passed = 0; passed < 8; passed += 1) heartbeat.beat();
      gate.open();
      expect((await within(outcome, 'the result')).isError ?? false).toBe(name === 'fails');
    }
  });
});
