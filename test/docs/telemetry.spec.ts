import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { METRICS, type Metric } from '../../src/instrumentation/metrics.js';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Names as a collector writes them for Prometheus, without what it appends. */
const KNOWN = [
  ...Object.keys(METRICS),
  'mcp.server.operation.duration',
  'http.client.request.duration',
  'nodejs.eventloop.delay.p99',
].map((name) => name.replaceAll('.', '_'));

const SUFFIX = /(_seconds|_ratio|_total|_count|_bucket|\$\{seconds\}|\$\{ratio\})+$/;

/** The names of metrics in a query. */
const metricsIn = (query: string): readonly string[] =>
  [
    ...query
      .replace(/\bby \([^)]*\)/g, '')
      .matchAll(/\b((?:nestjs_clerk_mcp|mcp|http|nodejs)_[a-z0-9_]+(?:\$\{\w+\}\w*)?)(?=[{[)])/g),
  ].map(([, name = '']) => name.replace(/\$\{\w+\}/g, '').replace(SUFFIX, ''));

describe.each(['dashboard', 'alerts'])('deploy/grafana/%s.json', (file) => {
  it('asks for metrics that exist', async () => {
    const queries: string[] = [];
    JSON.parse(await read(`deploy/grafana/${file}.json`), (key, value) => {
      if (key === 'expr') queries.push(value);
      return value;
    });
    expect(queries.length).toBeGreaterThan(4);
    for (const query of queries) {
      const metrics = metricsIn(query);
      expect(metrics, query).not.toHaveLength(0);
      for (const metric of metrics) expect(KNOWN, query).toContain(metric);
    }
  });

  it('asks for attributes that the metrics have', async () => {
    const text = await read(`deploy/grafana/${file}.json`);
    const labels = new Set([...text.matchAll(/([a-z_]+)(?:!?=~?)\\"/g)].map(([, name]) => name));
    for (const label of labels) expect(LABELS).toContain(label);
  });
});

const LABELS = [
  ...Object.values<Metric>(METRICS).flatMap(({ attributes }) => attributes),
  'job',
  'error.type',
  'gen_ai.tool.name',
].map((name) => name.replaceAll('.', '_'));
