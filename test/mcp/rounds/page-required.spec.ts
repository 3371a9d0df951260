import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  McpPrompt,
  McpResource,
  McpTool,
  PageRequiredError,
  type McpContext,
} from '../../../src/index.js';
import { able, ask } from '../answer.js';
import { CLIENT_MODES } from '../clients.js';
import { startMcpApp, type McpApp } from '../fixtures.js';
import { TaskClient } from '../tasks/task-client.js';
import { clientOf } from './asking-client.js';

const URL_OF_PAGE = 'https://app.test/connect';
let connected: ReadonlySet<string> = new Set();

function use(account: string): string {
  if (connected.has(account)) return `uses ${account}`;
  // A new URL each time, as a payment page has.
  throw new PageRequiredError(`Connect ${account}.`, `${URL_OF_PAGE}?n=${Math.random()}`);
}

@Injectable()
class Accounts {
  @McpTool({ description: 'Uses an account' })
  one() {
    return use('one');
  }

  @McpTool({ description: 'Uses two accounts, and keeps a state' })
  two(_input: object, context: McpContext) {
    const state = context.state<{ at: string }>();
    if (!state) return context.ask({ roots: { roots: true } }, { at: 'start' });
    return `${use('one')}, ${use('two')}, ${state.at}`;
  }

  @McpTool({ description: 'Is a task', task: 'required' })
  async job() {
    return use('one');
  }

  @McpResource({ uri: 'accounts://one' })
  resource() {
    return use('one');
  }

  @McpPrompt({})
  prompt() {
    return use('one');
  }
}

let app: McpApp;
beforeAll(async () => {
  app = await startMcpApp([Accounts]);
});
afterAll(() => app.app.close());
beforeEach(() => {
  connected = new Set();
});

const PAGES = { elicitation: { url: {} }, roots: {} };
const round = (name: string, more: object = {}) =>
  ask(app.url, 'tools/call', { name, arguments: {}, ...able(PAGES), ...more });
const keyOf = (result: any): string => Object.keys(result.inputRequests)[0] ?? '';
const opened = (result: any) => ({
  inputResponses: { [keyOf(result)]: { action: 'accept' } },
  ...(result.requestState && { requestState: result.requestState }),
});

describe('a handler that throws PageRequiredError', () => {
  it('has the client open the page, and runs again', async () => {
    const { result } = await round('one');
    expect(result.inputRequests[keyOf(result)]).toMatchObject({
      method: 'elicitation/create',
      params: { mode: 'url', message: 'Connect one.', url: expect.stringContaining(URL_OF_PAGE) },
    });
    connected = new Set(['one']);
    const again = await round('one', opened(result));
    expect(again.result.content[0].text).toBe('uses one');
  });

  it.each(['accept', 'decline', 'cancel'])(
    'fails after %s where it still throws, and asks nothing twice',
    async (action) => {
      const { result } = await round('one');
      const again = await round('one', { inputResponses: { [keyOf(result)]: { action } } });
      expect(again.result).toMatchObject({
        isError: true,
        content: [
          { text: expect.stringMatching(/^Connect one\. Open https:.* repeat the call\.$/) },
        ],
        _meta: { 'nestjs-clerk-mcp/error': { code: 'PAGE_REQUIRED' } },
      });
      expect(app.log.errors).toEqual([]);
    },
  );

  it('asks for one page after the other, and keeps the state of the handler', async () => {
    const roots = { inputResponses: { roots: { roots: [] } } };
    const { requestState } = (await round('two')).result;
    const first = (await round('two', { ...roots, requestState })).result;
    connected = new Set(['one']);
    const second = (await round('two', opened(first))).result;
    expect(keyOf(second)).not.toBe(keyOf(first));
    connected = new Set(['one', 'two']);
    const last = await round('two', opened(second));
    expect(last.result.content[0].text).toBe('uses one, uses two, start');
  });

  it.each([{}, { elicitation: {} }, { elicitation: { form: {} } }])(
    'fails with the URL where the client can do %j',
    async (capabilities) => {
      const { result, status } = await round('one', able(capabilities));
      expect(status).toBe(200);
      expect(result.content[0].text).toContain(URL_OF_PAGE);
      expect(result.isError).toBe(true);
    },
  );

  it('works in resources and prompts', async () => {
    const able_ = able(PAGES);
    const read = (more: object) =>
      ask(app.url, 'resources/read', { uri: 'accounts://one', ...able_, ...more });
    const get = (more: object) =>
      ask(app.url, 'prompts/get', { name: 'prompt', ...able_, ...more });
    for (const send of [read, get]) {
      expect((await send(able({}))).error).toMatchObject({
        code: -32602,
        message: expect.stringContaining(URL_OF_PAGE),
      });
      const { result } = await send({});
      expect(result.resultType).toBe('input_required');
      connected = new Set(['one']);
      expect(JSON.stringify((await send(opened(result))).result)).toContain('uses one');
      connected = new Set();
    }
  });

  it('asks inside a task', async () => {
    const capabilities = { ...PAGES, extensions: { 'io.modelcontextprotocol/tasks': {} } };
    const alice = new TaskClient(app.url, 'alice', capabilities);
    const id = await alice.start('job');
    const [key = ''] = await alice.asked(id);
    connected = new Set(['one']);
    await alice.update(id, { [key]: { action: 'accept' } });
    expect(await alice.ended(id)).toMatchObject({ result: { content: [{ text: 'uses one' }] } });
  });

  it.each(CLIENT_MODES)('reaches the %s client', async (mode) => {
    let visited = '';
    const elicit = ({ url }: { url: string }) => {
      visited = url;
      connected = new Set(['one']);
      return { action: 'accept' };
    };
    const client = await clientOf(app.url, mode, { elicit });
    const result = await client.callTool({ name: 'one', arguments: {} });
    expect(result.content[0].text).toBe('uses one');
    expect(visited).toContain(URL_OF_PAGE);
    connected = new Set();
    const mute = await clientOf(app.url, mode, undefined);
    const failed = await mute.callTool({ name: 'one', arguments: {} });
    expect(failed.content[0].text).toContain(URL_OF_PAGE);
  });
});
