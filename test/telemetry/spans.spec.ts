import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TelemetryModule } from '../../src/telemetry/index.js';
import { rpc, startMcpApp, type McpApp } from '../mcp/fixtures.js';
import { ADAPTERS, createAdapter } from '../support/adapters.js';
import {
  callTool,
  ERAS,
  LEGACY_REVISION,
  MODERN_REVISION,
  openSession,
  send,
  sendBody,
  type Answer,
  type Era,
} from '../support/mcp-request.js';
import { eventually } from '../support/within.js';
import { Collector, type Recorded } from './collector.js';
import { ObservedTools, SECRET } from './observed-tools.js';

const collector = new Collector();
beforeAll(() => collector.start());
afterAll(() => collector.stop());

/** A call, and what its span says. */
interface Row {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly as?: string;
  readonly name: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** `error.type`. Default: it succeeds. */
  readonly error?: string;
}

const tool = (name: string, args: object = {}) => ({
  method: 'tools/call',
  params: { name, arguments: args },
});
const word = { word: SECRET };
const CANCELLED = 'notifications/cancelled';
const EXECUTES = { 'gen_ai.operation.name': 'execute_tool' };

const ROWS: readonly Row[] = [
  {
    ...tool('hello', word),
    name: 'tools/call hello',
    attributes: { ...EXECUTES, 'gen_ai.tool.name': 'hello' },
  },
  { ...tool('later', word), name: 'tools/call later', attributes: EXECUTES },
  { ...tool('tells', word), name: 'tools/call tells', attributes: EXECUTES },
  { ...tool('fails', word), name: 'tools/call fails', error: 'tool_error' },
  { ...tool('hello', { word: 5 }), name: 'tools/call hello', error: 'tool_error' },
  {
    ...tool(SECRET),
    name: 'tools/call',
    error: '-32602',
    attributes: { 'gen_ai.tool.name': undefined },
  },
  {
    ...tool('mine'),
    as: 'alice',
    name: 'tools/call mine',
    attributes: {
      'nestjs_clerk_mcp.token.type': 'oauth_token',
      'nestjs_clerk_mcp.oauth.client.id': 'client',
    },
  },
  { method: 'tools/list', name: 'tools/list' },
  { method: 'resources/list', name: 'resources/list' },
  { method: 'resources/templates/list', name: 'resources/templates/list' },
  { method: 'prompts/list', name: 'prompts/list' },
  {
    method: 'resources/read',
    params: { uri: 'notes://all' },
    name: 'resources/read',
    attributes: { 'mcp.resource.uri': 'notes://all' },
  },
  {
    method: 'resources/read',
    params: { uri: `notes://of/${SECRET}` },
    name: 'resources/read',
    attributes: { 'mcp.resource.uri': 'notes://of/{person}' },
  },
  {
    method: 'resources/read',
    params: { uri: `other://${SECRET}` },
    name: 'resources/read',
    error: '-32602',
    attributes: { 'mcp.resource.uri': undefined },
  },
  {
    method: 'prompts/get',
    params: { name: 'greet', arguments: { name: SECRET } },
    name: 'prompts/get greet',
    attributes: { 'gen_ai.prompt.name': 'greet', 'gen_ai.operation.name': undefined },
  },
  {
    method: 'completion/complete',
    params: {
      ref: { type: 'ref/resource', uri: 'notes://of/{person}' },
      argument: { name: 'person', value: SECRET },
    },
    name: 'completion/complete',
  },
  { method: SECRET, name: '_OTHER', error: '-32601' },
];

describe.each(ADAPTERS)('spans on %s', (adapter) => {
  let app: McpApp;
  beforeAll(async () => {
    app = await startMcpApp([ObservedTools], {
      adapter: createAdapter(adapter),
      metadata: { imports: [TelemetryModule.forRoot()] },
    });
  });
  afterAll(() => app.app.close());
  beforeEach(() => collector.clear());

  const ask = async (era: Era, { method, params, as }: Row): Promise<Answer> => {
    const token = as;
    const session =
      era === 'legacy'
        ? await openSession(app.url, token === undefined ? {} : { token })
        : undefined;
    collector.clear();
    const uri = params?.['uri'];
    const headers = era === 'modern' && typeof uri === 'string' ? { 'mcp-name': uri } : {};
    return send(app.url, method, params, { era, session, token, headers });
  };
  /** The only span of this package since the last request began. */
  const theSpan = async (): Promise<Recorded> => {
    await eventually(() => expect(collector.own).toHaveLength(1));
    const [span] = collector.own;
    if (!span) throw new Error('No span.');
    return span;
  };

  describe.each(ERAS)('of a %s client', (era) => {
    it.each(ROWS)('$method $name, $error', async (row) => {
      await ask(era, row);
      const span = await theSpan();
      expect(span.name).toBe(row.name);
      expect(span.kind).toBe(SpanKind.SERVER);
      const expected = {
        'mcp.method.name': row.name.split(' ')[0],
        'mcp.protocol.version': era === 'modern' ? MODERN_REVISION : undefined,
        'network.transport': 'tcp',
        'network.protocol.name': 'http',
        'network.protocol.version': '1.1',
        'jsonrpc.request.id': '1',
        'error.type': row.error,
        'rpc.response.status_code': row.error?.startsWith('-') ? row.error : undefined,
        ...row.attributes,
      };
      const found = Object.keys(expected).map((key) => [key, span.attributes[key]]);
      expect(Object.fromEntries(found)).toEqual(expected);
      const { ERROR, UNSET } = SpanStatusCode;
      expect(span.status.code).toBe(row.error === undefined ? UNSET : ERROR);
      expect(typeof span.attributes['mcp.session.id']).toBe(
        era === 'legacy' ? 'string' : 'undefined',
      );
    });

    it('holds what a handler does', async () => {
      for (const name of ['hello', 'later', 'tells']) {
        await ask(era, { ...tool(name, word), name });
        const span = await theSpan();
        const inner = collector.spans.find((one) => one.name === 'look up');
        expect(inner).toMatchObject({ parentId: span.spanId, traceId: span.traceId });
      }
    });

    it('belongs to the trace that the client names in _meta', async () => {
      const session = era === 'legacy' ? await openSession(app.url) : undefined;
      collector.clear();
      const meta = { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` };
      await callTool(app.url, 'hello', word, { era, session, meta });
      const span = await theSpan();
      expect(span).toMatchObject({ traceId: 'ab'.repeat(16), parentId: 'cd'.repeat(8) });
    });

    it('belongs to the trace of the headers, where nothing else has read them', async () => {
      const session = era === 'legacy' ? await openSession(app.url) : undefined;
      collector.clear();
      const headers = { traceparent: `00-${'ef'.repeat(16)}-${'12'.repeat(8)}-01` };
      await callTool(app.url, 'hello', word, { era, session, headers });
      expect(await theSpan()).toMatchObject({
        traceId: 'ef'.repeat(16),
        parentId: '12'.repeat(8),
      });
    });

    it('ends with a refusal: 401, 403', async () => {
      const rows: readonly (Row & { status: number })[] = [
        { ...tool('mine'), name: 'tools/call mine', as: 'bad', status: 401 },
        { ...tool('mine'), name: 'tools/call mine', status: 401 },
        { ...tool('writes'), name: 'tools/call writes', as: 'alice', status: 403 },
      ];
      for (const row of rows) {
        const session =
          era === 'legacy' && row.as !== 'bad'
            ? await openSession(app.url, row.as === undefined ? {} : { token: row.as })
            : undefined;
        collector.clear();
        const sender = { era, session, token: row.as };
        const answer = await send(app.url, row.method, row.params, sender);
        expect(answer.status).toBe(row.status);
        const span = await theSpan();
        expect(span.name).toBe(row.name);
        expect(span.attributes['http.response.status_code']).toBe(row.status);
        expect(span.attributes['error.type']).toBe(span.attributes['rpc.response.status_code']);
        expect(span.status.code).toBe(SpanStatusCode.ERROR);
      }
    });
  });

  it('ends with a cancellation', async () => {
    const session = await openSession(app.url);
    collector.clear();
    const sent = send(app.url, 'tools/call', tool('waits').params, { era: 'legacy', session });
    await eventually(() => expect(ObservedTools.waiting.has('waits')).toBe(true));
    const cancel = { jsonrpc: '2.0', method: CANCELLED, params: { requestId: 1 } };
    await sendBody(app.url, JSON.stringify(cancel), { session });
    await sent;
    await eventually(() => expect(collector.own).toHaveLength(2));
    const span = collector.own.find(({ name }) => name === 'tools/call waits');
    expect(span?.attributes['error.type']).toBe('cancelled');
    expect(collector.own.map(({ name }) => name)).toContain(CANCELLED);
  });

  it('ends with a cancellation when the connection of a modern client closes', async () => {
    const gone = new AbortController();
    const sent = rpc(app.url, 'tools/call', tool('waits').params, { signal: gone.signal });
    await eventually(() => expect(ObservedTools.waiting.has('waits')).toBe(true));
    gone.abort();
    await expect(sent).rejects.toThrow(/abort/);
    expect((await theSpan()).attributes['error.type']).toBe('cancelled');
  });

  it('are those of the opening of a session, and of its notifications', async () => {
    const session = await openSession(app.url);
    const opening = await theSpan();
    expect(opening).toMatchObject({
      name: 'initialize',
      attributes: { 'mcp.protocol.version': LEGACY_REVISION },
    });
    collector.clear();
    const message = { jsonrpc: '2.0', method: 'notifications/initialized' };
    await sendBody(app.url, JSON.stringify(message), { session });
    expect(await theSpan()).toMatchObject({
      name: 'notifications/initialized',
      status: { code: SpanStatusCode.UNSET },
    });
  });

  it('and metrics contain nothing that a caller sent', async () => {
    expect(await collector.everything()).not.toContain(SECRET);
    const points = await collector.points('mcp.server.operation.duration');
    const hello = points.find((one) => one.attributes['gen_ai.tool.name'] === 'hello');
    expect(hello?.value).toMatchObject({
      buckets: { boundaries: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] },
    });
    const refusals = await collector.points('nestjs_clerk_mcp.refusals');
    expect(refusals.map(({ attributes }) => attributes)).toEqual(
      expect.arrayContaining([
        { reason: 'invalid_token', 'http.response.status_code': 401 },
        { reason: 'insufficient_scope', 'http.response.status_code': 403 },
      ]),
    );
  });
});
