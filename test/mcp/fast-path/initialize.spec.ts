import { Injectable } from '@nestjs/common';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { runs } from '../../support/runs.js';
import { TwoWays, type Sessions } from './both-paths.js';
import { draft, write } from './wire-requests.js';

/** Shows what is known of the client. */
@Public()
@Injectable()
class Mirror {
  @McpTool({ description: 'What the server knows of its client' })
  client(_input: object, { client, clientCapabilities, protocolVersion }: McpContext) {
    return JSON.stringify({ client, clientCapabilities, protocolVersion });
  }

  @McpPrompt({ description: 'A prompt' })
  prompt() {
    return 'text';
  }
}

let both: TwoWays;

beforeAll(async () => {
  both = await TwoWays.start([Mirror], { instructions: 'Be "brief"', sessions: LIMITS });
});
afterAll(() => both.close());

/** Every request opens one. */
const LIMITS = { max: 100_000, maxPerPrincipal: 100_000 };
const REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
const PLAIN = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1.0.0' },
};

const open = (params: object, { id = 1 as string | number, headers = {}, more = {} } = {}) => {
  const { headers: usual, body } = draft('legacy', 'initialize', { ...params }, { id });
  return write({ headers: { ...usual, ...headers }, body: { ...body, ...more } });
};

/** What a tool says of the client of a session, answered directly and by the server of the SDK. */
async function clientOf(sessions: Sessions) {
  const call = (meta: object) =>
    both.send(
      write(draft('session', 'tools/call', { name: 'client', arguments: {}, ...meta })),
      sessions,
    );
  const direct = await call({});
  const bySdk = await call({ _meta: { progressToken: 'x' } });
  expect(direct.wasDirect).toBe(true);
  expect(bySdk.wasDirect).toBe(false);
  expect(direct.plain).toEqual(direct.sdk);
  expect(bySdk.plain).toEqual(direct.plain);
  expect(bySdk.sdk).toEqual(direct.plain);
  return direct.plain.body;
}

describe('initialize', () => {
  it.each(REVISIONS)('is answered directly with the bytes of the SDK in %s', async (revision) => {
    const { plain, sdk, wasDirect, opened } = await both.send(
      open({ ...PLAIN, protocolVersion: revision }),
    );
    expect(plain).toEqual(sdk);
    expect([plain.status, wasDirect]).toEqual([200, true]);
    expect(plain.body).toContain(`"protocolVersion":"${revision}"`);
    expect(await clientOf(opened)).toContain(revision);
  });

  it.each([
    ['a revision that the server does not have', open({ ...PLAIN, protocolVersion: '2099-01-01' })],
    ['the revision without sessions', open({ ...PLAIN, protocolVersion: '2026-07-28' })],
    ['_meta', open({ ...PLAIN, _meta: {} })],
    ['another member', open({ ...PLAIN, more: 1 })],
    ['no client', open({ ...PLAIN, clientInfo: undefined })],
    ['a session', open(PLAIN, { headers: { 'mcp-session-id': 'SESSION' } })],
    ['streams alone', open(PLAIN, { headers: { accept: 'text/event-stream' } })],
  ])('is left to the SDK with %s', async (_, request) => {
    const { opened } = await both.send(open(PLAIN));
    const names = 'mcp-session-id' in request.headers;
    const { plain, sdk, wasDirect } = await both.send(request, names ? opened : undefined);
    expect(plain).toEqual(sdk);
    expect(wasDirect).toBe(false);
  });

  it('is answered the same both ways, whatever a client says of itself', async () => {
    let direct = 0;
    const property = fc.asyncProperty(OPENINGS, async (request) => {
      const { plain, sdk, wasDirect, opened } = await both.send(request);
      direct += Number(wasDirect);
      expect(plain).toEqual(sdk);
      expect(opened.plain === '').toBe(opened.sdk === '');
      if (wasDirect) await clientOf(opened);
    });
    await fc.assert(property, { numRuns: runs(150) });
    expect(direct).toBeGreaterThan(runs(5));
  });
});

/** Nine times in ten a good value. */
function mostly<G>(good: fc.Arbitrary<G>, ...odd: readonly unknown[]): fc.Arbitrary<any> {
  return fc.oneof({ weight: 9, arbitrary: good }, fc.constantFrom<unknown>(...odd));
}

const ODD: readonly unknown[] = [null, [], {}, 'text', 0, true];
const JSON_OBJECT = fc.constantFrom<unknown>({}, { a: { b: [1, null] } }, { listChanged: true });
const CAPABILITIES = fc.record(
  {
    roots: JSON_OBJECT,
    sampling: JSON_OBJECT,
    elicitation: mostly(JSON_OBJECT, { form: {} }, { form: {}, url: {} }, [], 5),
    experimental: mostly(fc.constant({ x: {} }), { x: 1 }),
    extensions: mostly(fc.constant({ 'x/y': { z: 1 } }), null),
    tasks: JSON_OBJECT,
    unknown: JSON_OBJECT,
  },
  { requiredKeys: [] },
);
const CLIENT = fc.record(
  {
    name: mostly(fc.constantFrom('test', '', 'é\u2028"\\'), 5),
    version: fc.constantFrom<unknown>('1.0.0', ''),
    title: mostly(fc.constant('Test'), null),
    websiteUrl: fc.constantFrom<unknown>('https://client.test', 'no url'),
    icons: mostly(fc.constant([{ src: 'https://client.test/i.png' }]), [{}], 'none'),
    description: fc.constant('A client'),
    more: fc.constant({}),
  },
  { requiredKeys: ['name', 'version'] },
);
const OPENINGS = fc
  .record({
    params: fc.record({
      protocolVersion: mostly(
        fc.constantFrom(...REVISIONS),
        '2026-07-28',
        '2024-10-07',
        '1',
        '',
        5,
      ),
      capabilities: mostly(CAPABILITIES, ...ODD),
      clientInfo: mostly(CLIENT, ...ODD),
    }),
    more: mostly(fc.constant({}), { _meta: {} }, { _meta: { progressToken: 1 } }, { x: 1 }),
    outside: mostly(fc.constant({}), { jsonrpc: '1.0' }, { x: 1 }, { params: [] }, { id: null }),
    id: mostly(fc.constantFrom<string | number>(0, 1, -1, 'a', 'é"'), 1.5, 2 ** 53),
    headers: mostly(
      fc.constant({}),
      { accept: '*/*' },
      { accept: 'application/json' },
      { accept: 'text/event-stream' },
      { 'mcp-protocol-version': '2025-11-25' },
      { 'mcp-protocol-version': '2026-07-28' },
      { 'mcp-protocol-version': '1' },
      { 'mcp-method': 'initialize' },
      { 'mcp-method': 'ping' },
      { 'mcp-session-id': 'unknown' },
      { authorization: 'Bearer bad' },
    ),
  })
  .map(({ params, more, outside, id, headers }) =>
    open({ ...params, ...more }, { id, headers, more: outside }),
  );
