import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TelemetryModule } from '../../src/telemetry/index.js';
import { startMcpApp, type McpApp } from '../mcp/fixtures.js';
import { ADAPTERS, createAdapter } from '../support/adapters.js';
import { send, sendBody } from '../support/mcp-request.js';
import { eventually } from '../support/within.js';
import { Collector } from './collector.js';
import { ObservedTools } from './observed-tools.js';

/** The only revision that has batches. */
const REVISION = '2025-03-26';
const collector = new Collector();
beforeAll(() => collector.start());
afterAll(() => collector.stop());

describe.each(ADAPTERS)('the spans of a batch on %s', (adapter) => {
  let app: McpApp;
  let sendBatch: (messages: readonly object[]) => Promise<unknown>;
  beforeAll(async () => {
    app = await startMcpApp([ObservedTools], {
      adapter: createAdapter(adapter),
      metadata: { imports: [TelemetryModule.forRoot()] },
    });
  });
  afterAll(() => app.app.close());
  beforeEach(async () => {
    const opening = {
      protocolVersion: REVISION,
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    };
    const opened = await send(app.url, 'initialize', opening, { era: 'legacy' });
    const session = opened.headers.get('mcp-session-id') ?? undefined;
    const headers = { 'mcp-protocol-version': REVISION };
    sendBatch = (messages) => sendBody(app.url, JSON.stringify(messages), { session, headers });
    collector.clear();
  });

  const call = (id: number, name: string) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: { word: 'a word' } },
  });
  const ends = () =>
    Object.fromEntries(
      collector.own.map(({ name, attributes }) => [
        name,
        [attributes['jsonrpc.request.id'], attributes['error.type']],
      ]),
    );

  it('are those of each message', async () => {
    await sendBatch([call(1, 'hello'), call(2, 'fails'), call(3, 'nothing')]);
    await eventually(() => expect(collector.own).toHaveLength(3));
    expect(ends()).toEqual({
      'tools/call hello': ['1', undefined],
      'tools/call fails': ['2', 'tool_error'],
      'tools/call': ['3', '-32602'],
    });
    const hello = collector.own.find(({ name }) => name === 'tools/call hello');
    const inner = collector.spans.find(({ name }) => name === 'look up');
    expect(inner?.parentId).toBe(hello?.spanId);
    expect(hello?.attributes['mcp.protocol.version']).toBe(REVISION);
  });

  it.each(['before', 'after'])('tell a request from an answer of the client %s it', async (at) => {
    const messages = [{ jsonrpc: '2.0', id: 7, result: {} }, call(7, 'fails')];
    await sendBatch(at === 'before' ? messages : messages.toReversed());
    await eventually(() => expect(collector.own).toHaveLength(2));
    expect(ends()).toEqual({
      _OTHER: [undefined, undefined],
      'tools/call fails': ['7', 'tool_error'],
    });
  });
});
