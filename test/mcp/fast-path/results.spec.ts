import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../support/runs.js';
import { promptResults, readResults, toolResults } from './generated-results.js';
import { Planted, planted } from './planted.js';
import { TwoWays, type Sessions } from './both-paths.js';
import { INITIALIZE, WIRES, draft, write } from './wire-requests.js';

let both: TwoWays;
let sessions: Sessions;
beforeAll(async () => {
  both = await TwoWays.start([Planted]);
  sessions = await both.openSessions(INITIALIZE);
});
afterAll(() => both.close());

const KINDS = [
  ['a tool', 'tools/call', { name: 'planted' }, toolResults],
  ['a prompt', 'prompts/get', { name: 'prompt' }, promptResults],
  ['a resource', 'resources/read', { uri: 'at://planted' }, readResults],
  ['a resource that is kept', 'resources/read', { uri: 'at://cached' }, readResults],
] as const;

describe.each(WIRES)('Over the wire of %s', (wire) => {
  it.each(KINDS)(
    'whatever %s returns is the same both ways',
    async (_, method, params, results) => {
      let direct = 0;
      const request = write(draft(wire, method, params));
      const property = fc.asyncProperty(results, async (result) => {
        Object.assign(planted, { value: result, runs: 0 });
        const { plain, sdk, wasDirect } = await both.send(request, sessions);
        direct += Number(wasDirect);
        expect(plain).toEqual(sdk);
        // Whoever answers in the end: the handler has run once each way.
        expect(planted.runs).toBe(2);
      });
      // A key without a value has a place in the order of the SDK.
      const examples: [unknown][] = [[{ content: [], _meta: undefined }]];
      await fc.assert(property, {
        numRuns: runs(40),
        examples: method === 'tools/call' ? examples : [],
      });
      expect(direct).toBeGreaterThan(runs(8));
    },
  );

  it.each(KINDS)('%s is answered whatever cannot be sent of it', async (_, method, params) => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const bad = [{ _meta: { big: 1n } }, { _meta: circle }, { _meta: 'none' }];
    for (const more of [...bad, { structuredContent: { big: 1n } }]) {
      planted.value = { content: [], messages: [], contents: [], ...more };
      const { plain, sdk } = await both.send(write(draft(wire, method, params)), sessions);
      expect(plain).toEqual(sdk);
      expect(plain.body).not.toContain('big');
    }
  });
});
