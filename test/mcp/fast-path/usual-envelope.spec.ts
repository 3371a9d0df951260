import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  classifyInboundRequest,
} from '@modelcontextprotocol/server';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUsualEnvelope } from '../../../src/mcp/fast-path/usual-envelope.js';
import { runs } from '../../support/runs.js';

const INFO = { name: 'a', version: '1' };

describe('isUsualEnvelope', () => {
  it.each<[string, unknown, unknown]>([
    ['no capabilities and no info', {}, undefined],
    ['name and version', {}, INFO],
    ['all texts', {}, { ...INFO, title: 'A', websiteUrl: 'https://a.example', description: 'B' }],
    ['capabilities', { elicitation: {}, sampling: {}, roots: {} }, INFO],
    ['their parts', { elicitation: { form: {}, url: {} }, sampling: { tools: {} } }, INFO],
  ])('is sure of %s', (_what, capabilities, info) => {
    expect(isUsualEnvelope(capabilities, info)).toBe(true);
    expect(isAccepted(capabilities, info)).toBe(true);
  });

  it.each<[string, unknown, unknown]>([
    ['no capabilities', undefined, INFO],
    ['capabilities that are a list', [], INFO],
    ['a capability that is none', { elicitation: true }, INFO],
    ['a part that is none', { elicitation: { form: 1 } }, INFO],
    ['an extension', { extensions: { a: 1 } }, INFO],
    ['info without a version', {}, { name: 'a' }],
    ['info without a name', {}, { version: '1' }],
    ['info that is null', {}, null],
    ['icons', {}, { ...INFO, icons: 1 }],
    ['a title that is no text', {}, { ...INFO, title: 1 }],
  ])('leaves %s to the SDK', (_what, capabilities, info) => {
    expect(isUsualEnvelope(capabilities, info)).toBe(false);
  });

  it('is sure of nothing that the SDK refuses', () => {
    let sure = 0;
    fc.assert(
      fc.property(capabilities, info, (one, other) => {
        if (!isUsualEnvelope(one, other)) return;
        sure += 1;
        expect(isAccepted(one, other)).toBe(true);
      }),
      { numRuns: runs(5_000) },
    );
    expect(sure).toBeGreaterThan(runs(200));
  });
});

function isAccepted(capabilities: unknown, info: unknown): boolean {
  const meta = {
    [PROTOCOL_VERSION_META_KEY]: '2026-07-28',
    [CLIENT_CAPABILITIES_META_KEY]: capabilities,
    ...(info !== undefined && { [CLIENT_INFO_META_KEY]: info }),
  };
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { _meta: meta } };
  return classifyInboundRequest({ httpMethod: 'POST', body }).kind === 'modern';
}

/** Members as clients send them, and what they may put there instead. */
const odd = fc.constantFrom<unknown[]>(null, 1, true, 'a', [], [{}]);
const part = fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, odd, fc.constant({ a: 1 }));
const names = fc.constantFrom('form', 'url', 'context', 'tools', 'listChanged', '__proto__');
const capability = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(names, part, { maxKeys: 2 }) },
  odd,
);
const capabilities = fc.dictionary(
  fc.constantFrom(
    'elicitation',
    'sampling',
    'roots',
    'tasks',
    'extensions',
    'experimental',
    'other',
  ),
  capability,
  { maxKeys: 3 },
);
const text = fc.oneof({ weight: 8, arbitrary: fc.string({ maxLength: 3 }) }, odd);
const member = { requiredKeys: [] };
const info = fc.oneof(
  fc.constant(undefined),
  fc
    .record({ title: text, websiteUrl: text, description: text, icons: text, other: text }, member)
    .chain((more) => fc.record({ name: text, version: text }).map((own) => ({ ...own, ...more }))),
);
