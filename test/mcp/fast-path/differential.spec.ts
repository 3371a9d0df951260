import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../support/runs.js';
import { PlainPrompts } from './served-prompts.js';
import { REQUESTS } from './fast-requests.js';
import { PlainResources } from './served-resources.js';
import { PlainTools } from './served-tools.js';
import { TwoWays, type Sessions } from './both-paths.js';
import {
  INITIALIZE,
  WIRES,
  draft,
  mutated,
  write,
  type Draft,
  type Wire,
} from './wire-requests.js';

/** What is plain over every wire. */
const DIRECT = [
  ['echo', 'anything', 'declared', 'date', 'hello', 'nothing', 'liar', 'bug', 'wrong', 'guarded'],
  ['limited', 'verified', 'admin', 'late', 'blocks', 'unsendable', 'much'],
  ['open', 'messages', 'silent', 'whole', 'metaFirst', 'review', 'context'].map(
    (name) => `get ${name}`,
  ),
  ['text', 'later', 'bytes', 'value', 'none', 'much', 'whole', 'meta-first', 'context'].map(
    (name) => `at://${name}`,
  ),
  ['of://a', 'of://%C3%A9?size=2'],
  // Errors of the protocol.
  ['bug', 'wrong', 'noPrompt', 'unsendable', 'guarded', 'verified', 'missing'].map(
    (name) => `get ${name}`,
  ),
  ['missing', 'gone', 'bug', 'late-bug', 'bigint', 'guarded', 'verified', 'unknown'].map(
    (name) => `at://${name}`,
  ),
  ['of://a?size=x', 'of://', '', 'missing', 'tools/nothing'],
  ['tasks/list', 'sampling/createMessage'],
  ['a', 'b', 'c', 'd', 'f', 'id', 'name'].map((name) => `complete ${name}`),
].flat();

let both: TwoWays;
let sessions: Sessions;

beforeAll(async () => {
  both = await TwoWays.start([PlainTools, PlainPrompts, PlainResources]);
  sessions = await both.openSessions(INITIALIZE);
});
afterAll(() => both.close());

function requests(wire: Wire): readonly Draft[] {
  return REQUESTS.map(([method, params]) => draft(wire, method, params));
}

describe.each(WIRES)('A request over the wire of %s', (wire) => {
  it.each(requests(wire).map((one) => [titleOf(one), one] as const))(
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
    const direct = new Set<string>();
    for (const one of requests(wire)) {
      const { wasDirect } = await both.send(write(one), sessions);
      if (wasDirect) direct.add(subjectOf(one));
    }
    // Nobody hears what a handler says here, so that it need not be carried.
    const silent =
      wire === 'session' ? [] : ['says', 'get says', 'at://says', 'complete e', 'context'];
    // Each revision has a method that the other has not.
    const own = wire === 'modern' ? ['server/discover'] : ['ping'];
    expect([...direct].toSorted()).toEqual([...DIRECT, ...silent, ...own].toSorted());
  });

  it('is answered the same both ways, whatever is wrong with it', async () => {
    let direct = 0;
    const property = fc.asyncProperty(mutated(requests(wire)), async (request) => {
      const { plain, sdk, wasDirect } = await both.send(request, sessions);
      direct += Number(wasDirect);
      expect(plain).toEqual(sdk);
    });
    await fc.assert(property, { numRuns: runs(150) });
    expect(direct).toBeGreaterThan(runs(5));
  });
});

function titleOf({ body }: Draft): string {
  return `${String(body['method'])} ${JSON.stringify(body['params'])}`;
}

/** What a request uses, in short. */
function subjectOf({ body }: Draft): string {
  const { method, params } = body as { method: string; params: Subject };
  if (method === 'completion/complete') return `complete ${params.argument?.name}`;
  const subject = params.name ?? params.uri ?? method;
  return method === 'prompts/get' ? `get ${subject}` : subject;
}

interface Subject {
  readonly name?: string;
  readonly uri?: string;
  readonly argument?: { readonly name: string };
}
