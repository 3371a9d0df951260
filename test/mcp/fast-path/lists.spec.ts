import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { McpCatalog } from '../../../src/index.js';
import { runs } from '../../support/runs.js';
import { ServedPrompts } from '../prompts/served-prompts.js';
import { ServedResources } from '../resources/served-resources.js';
import { ServedTools } from '../server/tools.js';
import { mcpApp, toolNames } from '../fixtures.js';
import { PlainTools } from './served-tools.js';
import { TwoWays, type Sessions } from './both-paths.js';
import { INITIALIZE, WIRES, draft, mutated, write, type Wire } from './wire-requests.js';

const METHODS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];
const CALLERS = ['alice', 'alice:notes:write', 'alice:notes:read', '', 'bad'];

let both: TwoWays;
let sessions: Sessions;
beforeAll(async () => {
  const providers = [ServedTools, ServedPrompts, ServedResources];
  both = await TwoWays.start(providers, { pageSize: 2 });
  sessions = await both.openSessions(INITIALIZE);
});
afterAll(() => both.close());

describe.each(WIRES)('A list over the wire of %s', (wire) => {
  it.each(METHODS)('is the same both ways, page by page: %s', async (method) => {
    let direct = 0;
    for (const as of CALLERS) {
      let cursor: string | undefined;
      do {
        const params = cursor === undefined ? {} : { cursor };
        const request = write(draft(wire, method, params, { as, id: `${as} ${cursor}` }));
        const { plain, sdk, wasDirect } = await both.send(request, sessions);
        expect(plain).toEqual(sdk);
        direct += Number(wasDirect);
        cursor = JSON.parse(plain.body).result?.nextCursor;
      } while (cursor !== undefined);
    }
    expect(direct).toBeGreaterThan(2);
  });

  it('is the same both ways, whatever is wrong with the request', async () => {
    const drafts = METHODS.flatMap((method) => [
      draft(wire, method),
      draft(wire, method, { cursor: 'x' }),
    ]);
    const property = fc.asyncProperty(mutated(drafts), async (request) => {
      const { plain, sdk } = await both.send(request, sessions);
      expect(plain).toEqual(sdk);
    });
    await fc.assert(property, { numRuns: runs(60) });
  });
});

describe('A list with what older clients get in another form', () => {
  it.each<[Wire, boolean]>([
    ['modern', true],
    ['legacy', false],
  ])('over the wire of %s is direct: %s', async (wire, expected) => {
    const ways = await TwoWays.start([PlainTools]);
    onTestFinished(() => ways.close());
    const { plain, sdk, wasDirect } = await ways.send(write(draft(wire, 'tools/list')));
    expect(plain).toEqual(sdk);
    expect(wasDirect).toBe(expected);
  });
});

it('a list that was prepared is another one as soon as an entry comes or goes', async () => {
  const { app, url } = await mcpApp([ServedTools]);
  const before = await toolNames(url);
  app.get(McpCatalog).addTool({ name: 'added', description: 'New' }, () => 'new');
  expect(await toolNames(url)).toEqual(['added', ...before].toSorted());
  app.get(McpCatalog).removeTool('added');
  expect(await toolNames(url)).toEqual(before);
});

it('a list is prepared for callers who may use the same, and shown to nobody else', async () => {
  const { url } = await mcpApp([ServedTools], { signIn: 'call' });
  const reader = await toolNames(url, 'alice');
  const writer = await toolNames(url, 'alice:notes:write');
  expect(writer).toContain('write');
  expect(reader).not.toContain('write');
  expect(await toolNames(url, 'bob')).toEqual(reader);
  expect(await toolNames(url, 'bob:notes:write')).toEqual(writer);
  expect(await toolNames(url, '')).toEqual(['hello']);
});

describe('A list that was asked for before', () => {
  const INFO = 'io.modelcontextprotocol/clientInfo';

  it.each<[string, Wire, (params: any) => object, (params: any) => object]>([
    [
      'is not the one of a client that says nothing where it must say something',
      'modern',
      ({ _meta: { [INFO]: _info, ..._meta } }) => ({ _meta }),
      ({ _meta }) => ({ _meta: { ..._meta, [INFO]: null } }),
    ],
    [
      'is not the one that an empty cursor asks for',
      'modern',
      (params) => params,
      (params) => ({ ...params, cursor: '' }),
    ],
  ])('%s', async (_, wire, before, after) => {
    const ways = await TwoWays.start([PlainTools]);
    onTestFinished(() => ways.close());
    const { body = '', ...rest } = write(draft(wire, 'tools/list'));
    const { params = {}, ...message } = JSON.parse(body);
    const ask = (change: (params: any) => object) =>
      ways.send({ ...rest, body: JSON.stringify({ ...message, params: change(params) }) });
    expect((await ask(before)).wasDirect).toBe(true);
    const { plain, sdk } = await ask(after);
    expect(plain).toEqual(sdk);
    expect(plain.body).toContain('-32602');
  });
});
