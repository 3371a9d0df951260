import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlainTools } from './plain-tools.js';
import { TwoWays, type Sessions } from './two-ways.js';
import {
  INITIALIZE,
  WIRES,
  draft,
  mutated,
  write,
  type Draft,
  type Wire,
} from './wire-requests.js';

type Call = readonly [name: string, args?: Record<string, unknown>];

const VALUES = [null, 'text', 5, false, [], {}, ['a', 1], { a: [{}] }, { '1': 1, b: 2, '0': 0 }];
const NAMES = [
  ['numbers', 'date', 'hello', 'blocks', 'whole', 'nothing', 'liar', 'bug', 'wrong', 'missing'],
  ['protocol', 'oddError', 'guarded', 'ask', 'says', 'context', 'write', 'admin', 'verified'],
  ['limited', 'late', 'anything', 'declared', 'echo'],
].flat();
const ECHOES: readonly Call[] = [
  ['echo', { message: 'hi' }],
  ['echo', { message: 'é\u2028"\\', times: 3 }],
  ['echo', { message: '' }],
  ['echo', { message: 1, more: true }],
  ['region', { region: 'eu' }],
];
const CALLS: readonly Call[] = ECHOES.concat(
  VALUES.map((value): Call => ['anything', { value }]),
  VALUES.map((value): Call => ['declared', { value }]),
  NAMES.map((name): Call => [name]),
);

let both: TwoWays;
let sessions: Sessions;
beforeAll(async () => {
  both = await TwoWays.start([PlainTools]);
  sessions = await both.openSessions(INITIALIZE);
});
afterAll(() => both.close());

function calls(wire: Wire): readonly Draft[] {
  return CALLS.map(([name, args]) =>
    draft(wire, 'tools/call', { name, ...(args && { arguments: args }) }),
  );
}

describe.each(WIRES)('A call over the wire of %s', (wire) => {
  it.each(calls(wire).map((one) => [JSON.stringify(one.body['params']), one] as const))(
    'is answered the same both ways: %s',
    async (_, one) => {
      for (const as of ['alice', 'alice:notes:write', '', 'bad']) {
        const { authorization: _token, ...headers } = one.headers;
        const request = write({
          headers: { ...headers, ...(as && { authorization: `Bearer ${as}` }) },
          body: one.body,
        });
        const { plain, sdk } = await both.send(request, sessions);
        expect(plain).toEqual(sdk);
      }
    },
  );

  it('answers directly what is plain, and only that', async () => {
    const direct: string[] = [];
    for (const one of calls(wire)) {
      const { wasDirect } = await both.send(write(one), sessions);
      const { name } = one.body['params'] as { name: string };
      if (wasDirect && !direct.includes(name)) direct.push(name);
    }
    const plain = ['echo', 'anything', 'declared', 'date', 'hello', 'nothing', 'liar', 'bug'];
    // A failure with a code carries it in _meta, which the SDK writes.
    plain.push('wrong', 'guarded', 'limited');
    // Nobody hears what a handler says here, so that it need not be carried.
    if (wire !== 'session') plain.push('says', 'context');
    expect(direct.toSorted()).toEqual(plain.toSorted());
  });

  it('is answered the same both ways, whatever is wrong with it', async () => {
    let direct = 0;
    const property = fc.asyncProperty(mutated(calls(wire)), async (request) => {
      const { plain, sdk, wasDirect } = await both.send(request, sessions);
      direct += Number(wasDirect);
      expect(plain).toEqual(sdk);
    });
    await fc.assert(property, { numRuns: 400 });
    expect(direct).toBeGreaterThan(20);
  });
});
