import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../support/free-port.js';
import { callTool } from '../support/mcp-request.js';
import { eventually } from '../support/within.js';
import { buildService, type BuiltService } from './built-service.js';
import { HttpProcess } from './http-process.js';

let built: BuiltService;
let clerk: ClerkEmulator;
beforeAll(async () => {
  [built, clerk] = await Promise.all([buildService(), startClerkEmulator()]);
});
afterAll(() => Promise.all([built.remove(), clerk.close()]));

let service: HttpProcess;
let url: string;
afterEach(() => service.end('SIGKILL'));

async function start(variables: Readonly<Record<string, string>>): Promise<void> {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/mcp`;
  service = await HttpProcess.start(built, {
    PORT: String(port),
    MCP_SIGN_IN: 'offer',
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_FRONTEND_API: clerk.url,
    CLERK_API_URL: clerk.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '20',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
    OTEL_METRIC_EXPORT_TIMEOUT: '100',
    DRAIN_MS: '0',
    ...variables,
  });
}

interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string }[];
}

/** A collector of OTLP that understands JSON. */
async function startCollector() {
  const spans: Span[] = [];
  const metrics = new Set<string>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      for (const { scopeSpans } of body.resourceSpans ?? []) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      for (const { scopeMetrics } of body.resourceMetrics ?? []) {
        for (const scope of scopeMetrics) for (const { name } of scope.metrics) metrics.add(name);
      }
      response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { spans, metrics, endpoint: `http://127.0.0.1:${port}` };
}

describe('the service with OTEL_*', () => {
  it('exports spans and metrics by itself', async () => {
    const { spans, metrics, endpoint } = await startCollector();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect((await callTool(url, 'getAuthInfo')).status).toBe(200);
    const named = (name: string) => spans.find((one) => one.name === name);
    await eventually(() => expect(named('tools/call getAuthInfo')).toBeDefined());
    await eventually(() => expect(named('POST /mcp')).toBeDefined());
    expect(named('tools/call getAuthInfo')?.parentSpanId).toBe(named('POST /mcp')?.spanId);
    const names = [
      'mcp.server.operation.duration',
      'nestjs_clerk_mcp.sessions',
      'http.server.request.duration',
      'http.client.request.duration',
      'nodejs.eventloop.delay.p99',
    ];
    await eventually(() => expect([...metrics]).toEqual(expect.arrayContaining(names)));
  });

  it('exports what is left when it ends', async () => {
    const { spans, endpoint } = await startCollector();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await callTool(url, 'getAuthInfo');
    await service.end('SIGTERM');
    expect(spans.map(({ name }) => name)).toContain('tools/call getAuthInfo');
  });

  it.each([
    ['an unreachable collector', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }],
    ['a malformed endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'no url' }],
    [
      'a protocol that does not exist',
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'carrier-pigeon' },
    ],
    [
      'a sampler that does not exist',
      { OTEL_TRACES_EXPORTER: 'none', OTEL_TRACES_SAMPLER: 'every-second' },
    ],
    ['an exporter that does not exist', { OTEL_TRACES_EXPORTER: 'nowhere' }],
  ])('says so once and serves: %s', async (_what, variables) => {
    await start({ OTEL_METRICS_EXPORTER: 'none', ...variables });
    for (let calls = 0; calls < 3; calls += 1) {
      expect((await callTool(url, 'getAuthInfo')).status).toBe(200);
    }
    await eventually(() => expect(service.output).toMatch(/Telemetry\]/));
    const lines = service.output.split('\n').filter((line) => line.includes('Telemetry]'));
    const texts = lines.map((line) => line.replace(/^.*Telemetry\]/, ''));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('starts nothing with OTEL_SDK_DISABLED', async () => {
    const { spans, metrics, endpoint } = await startCollector();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' });
    await callTool(url, 'getAuthInfo');
    await service.end('SIGTERM');
    expect([...spans, ...metrics]).toEqual([]);
  });
});
