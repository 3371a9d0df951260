import { context, SpanKind, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { NoInstrumentation } from '../../src/instrumentation/instrumentation.js';
import { METRICS } from '../../src/instrumentation/metrics.js';
import { TelemetryModule, type TelemetryOptions } from '../../src/telemetry/index.js';
import { OpenTelemetryInstrumentation } from '../../src/telemetry/open-telemetry.js';
import { mcpApp } from '../mcp/fixtures.js';
import { clientOf } from '../mcp/rounds/asking-client.js';
import { call, connect, startStdioApp } from '../mcp/stdio/stdio-app.js';
import { TaskClient } from '../mcp/tasks/task-client.js';
import { callTool, openSession } from '../support/mcp-request.js';
import { eventually } from '../support/within.js';
import { Collector } from './collector.js';
import { ObservedTools } from './observed-tools.js';

const collector = new Collector();
beforeAll(() => collector.start());
afterAll(() => collector.stop());
beforeEach(() => collector.clear());

const TRACEPARENT = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;

/** An application whose requests have a span of HTTP around them, as an instrumentation makes one. */
const appWithin = (options?: TelemetryOptions) =>
  mcpApp([ObservedTools], {
    metadata: { imports: [TelemetryModule.forRoot(options)] },
    configure: (app) => {
      app.use((_request: unknown, response: NodeJS.EventEmitter, next: () => void) => {
        const span = trace.getTracer('http').startSpan('POST');
        response.once('finish', () => span.end());
        context.with(trace.setSpan(context.active(), span), next);
      });
    },
  });

const spanOf = async (name: string) =>
  eventually(() => {
    const span = collector.spans.find((one) => one.name === name);
    if (!span) throw new Error(`No ${name} among ${collector.spans.map((one) => one.name)}`);
    return span;
  });

describe('the span of a message', () => {
  it('is a child of that of its HTTP request', async () => {
    const { url } = await appWithin();
    await callTool(url, 'hello', { word: 'w' });
    const http = await spanOf('POST');
    expect(await spanOf('tools/call hello')).toMatchObject({
      parentId: http.spanId,
      traceId: http.traceId,
      links: [],
    });
  });

  it('is a child of what the client names in _meta, and linked with that of HTTP', async () => {
    const { url } = await appWithin();
    await callTool(url, 'hello', { word: 'w' }, { meta: { traceparent: TRACEPARENT } });
    const http = await spanOf('POST');
    expect(await spanOf('tools/call hello')).toMatchObject({
      parentId: 'cd'.repeat(8),
      traceId: 'ab'.repeat(16),
      links: [http.spanId],
    });
  });

  it(`with parent 'http' is the other way`, async () => {
    const { url } = await appWithin({ parent: 'http' });
    await callTool(url, 'hello', { word: 'w' }, { meta: { traceparent: TRACEPARENT } });
    const http = await spanOf('POST');
    expect(await spanOf('tools/call hello')).toMatchObject({
      parentId: http.spanId,
      links: ['cd'.repeat(8)],
    });
  });

  it.each(['', 'x', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 5, {}])(
    'ignores a malformed trace context: %j',
    async (traceparent) => {
      const { url } = await appWithin();
      await callTool(url, 'hello', { word: 'w' }, { meta: { traceparent } });
      const http = await spanOf('POST');
      expect(await spanOf('tools/call hello')).toMatchObject({
        parentId: http.spanId,
        links: [],
      });
    },
  );
});

describe('questions to a client', () => {
  it.each(['v1', 'v2 legacy'] as const)('have a span of their own: %s', async (mode) => {
    const { url } = await mcpApp([ObservedTools], {
      metadata: { imports: [TelemetryModule.forRoot()] },
    });
    const seen: unknown[] = [];
    const client = await clientOf(url, mode, {
      elicit: (params) => {
        seen.push(params._meta?.traceparent);
        return { action: 'accept', content: { sure: true } };
      },
    });
    await client.callTool({ name: 'asks', arguments: {} });
    const served = await spanOf('tools/call asks');
    const asked = await spanOf('elicitation/create');
    expect(asked).toMatchObject({
      kind: SpanKind.CLIENT,
      parentId: served.spanId,
      attributes: { 'mcp.method.name': 'elicitation/create' },
    });
    expect(seen).toEqual([`00-${asked.traceId}-${asked.spanId}-01`]);
    const durations = await collector.points('mcp.client.operation.duration');
    expect(durations.map(({ attributes }) => attributes['mcp.method.name'])).toContain(
      'elicitation/create',
    );
  });
});

describe('tasks', () => {
  it('have a span for each request, and are counted while they run', async () => {
    const { url } = await mcpApp([ObservedTools], {
      metadata: { imports: [TelemetryModule.forRoot()] },
    });
    const client = new TaskClient(url);
    const { result } = await client.send('tools/call', { name: 'works', arguments: {} });
    expect(await spanOf('tools/call works')).toMatchObject({ kind: SpanKind.SERVER });
    await client.ended(result.taskId);
    expect((await spanOf('tasks/get')).attributes['error.type']).toBeUndefined();
    await client.get('no-such-task');
    await eventually(() =>
      expect(collector.own.map((one) => one.attributes['error.type'])).toContain('-32602'),
    );
  });
});

describe.each(['modern', 'legacy'] as const)('over stdio, %s', (era) => {
  it('each message has a span, and the connection a duration', async () => {
    const host = await startStdioApp([ObservedTools], [TelemetryModule.forRoot()]);
    onTestFinished(() => host.stop());
    const { client, connection } = await connect(host, { era });
    client.setRequestHandler('elicitation/create', () => ({
      action: 'accept',
      content: { sure: true },
    }));
    collector.clear();
    await call({ client }, 'hello', { word: 'w' });
    await call({ client }, 'fails', { word: 'w' });
    await client.callTool({ name: 'asks', arguments: {} });
    const hello = await spanOf('tools/call hello');
    expect(hello.attributes).toMatchObject({
      'network.transport': 'pipe',
      'gen_ai.tool.name': 'hello',
    });
    expect(hello.attributes['network.protocol.name']).toBeUndefined();
    expect(await spanOf('look up')).toMatchObject({ parentId: hello.spanId });
    expect((await spanOf('tools/call fails')).attributes['error.type']).toBe('tool_error');
    await connection.close();
    await eventually(async () => {
      const durations = await collector.points('mcp.server.session.duration');
      expect(durations.map(({ attributes }) => attributes['network.transport'])).toContain('pipe');
    });
  });
});

describe('what this process has open', () => {
  it('is read when metrics are collected', async () => {
    const { url } = await mcpApp([ObservedTools], {
      metadata: { imports: [TelemetryModule.forRoot()] },
    });
    const session = await openSession(url);
    const stream = new AbortController();
    await fetch(url, {
      headers: { accept: 'text/event-stream', 'mcp-session-id': session },
      signal: stream.signal,
    });
    const valueOf = async (name: string) =>
      (await collector.points(name)).map(({ value, attributes }) => [
        attributes['endpoint'],
        value,
      ]);
    expect(await valueOf('nestjs_clerk_mcp.sessions')).toEqual([['mcp', 1]]);
    expect(await valueOf('nestjs_clerk_mcp.streams')).toEqual([['mcp', 1]]);
    expect(await valueOf('nestjs_clerk_mcp.tasks')).toEqual([['mcp', 0]]);
    stream.abort();
    await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': session } });
    expect(await valueOf('nestjs_clerk_mcp.sessions')).toEqual([['mcp', 0]]);
    const durations = await collector.points('mcp.server.session.duration');
    expect(durations.map(({ attributes }) => attributes['mcp.protocol.version'])).toContain(
      '2025-11-25',
    );
  });
});

describe('a gauge', () => {
  it('is read until it ends', async () => {
    const instrumentation = new OpenTelemetryInstrumentation();
    let reads = 0;
    const end = instrumentation.gauge('nestjs_clerk_mcp.backplane.pending', () => {
      reads += 1;
      return { value: 5 };
    });
    const [point] = await collector.points('nestjs_clerk_mcp.backplane.pending');
    expect(point?.value).toBe(5);
    const before = reads;
    expect(before).toBeGreaterThan(0);
    end();
    await collector.points('nestjs_clerk_mcp.backplane.pending');
    expect(reads).toBe(before);
  });
});

describe('the metrics of this package', () => {
  it('have names and units of the form that OpenTelemetry wants', () => {
    for (const [name, metric] of Object.entries(METRICS)) {
      expect(name).toMatch(/^nestjs_clerk_mcp(\.[a-z_]+)+$/);
      expect(metric.unit).toMatch(/^(\{[a-z]+\}|1|s)$/);
      expect(metric.description).toMatch(/\.$/);
    }
  });
});

describe('without providers', () => {
  it('nothing is recorded, until they are registered', async () => {
    await collector.stop();
    const instrumentation = new OpenTelemetryInstrumentation();
    expect(instrumentation.isOn).toBe(false);
    expect(new NoInstrumentation().isOn).toBe(false);
    const { url } = await mcpApp([ObservedTools], {
      metadata: { imports: [TelemetryModule.forRoot()] },
    });
    const counted = new Collector();
    onTestFinished(() => counted.stop());
    expect((await callTool(url, 'hello', { word: 'w' })).status).toBe(200);
    counted.startMetrics();
    expect(instrumentation.isOn).toBe(true);
    await callTool(url, 'hello', { word: 'w' });
    const durations = await counted.points('mcp.server.operation.duration');
    expect(durations).toHaveLength(1);
    expect(durations[0]?.value).toMatchObject({ count: 1 });
    expect(await counted.points('nestjs_clerk_mcp.sessions')).toHaveLength(1);
  });
});

describe('an option that does not exist', () => {
  it.each([{ parents: 'meta' }, { parent: 'both' }])('stops the start: %j', async (options) => {
    const started = mcpApp([ObservedTools], {
      metadata: { imports: [TelemetryModule.forRoot(options as TelemetryOptions)] },
    });
    await expect(started).rejects.toThrow(/^TelemetryModule: /);
  });
});
