import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { able, ask } from '../answer.js';
import { mcpApp, startMcpApp, type McpApp } from '../fixtures.js';
import { AskingTools } from './asking-tools.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([AskingTools]);
});
afterAll(() => mcp.app.close());

const EVERYTHING = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

/** One round of a tool, as a client of 2026-07-28 sends it. */
const round = (name: string, more: object = {}, as = 'alice', capabilities: object = EVERYTHING) =>
  ask(mcp.url, 'tools/call', { name, arguments: {}, ...able(capabilities), ...more }, { as });

const accept = (content: object) => ({ action: 'accept', content });
const text = (answer: { result?: any }) => answer.result?.content?.[0]?.text;

describe('a tool that asks', () => {
  it('asks in its result, and is called again with the answer', async () => {
    const { result } = await round('confirm');
    expect(result).toMatchObject({
      resultType: 'input_required',
      inputRequests: {
        sure: {
          method: 'elicitation/create',
          params: { message: 'Sure?', requestedSchema: { properties: { sure: {} } } },
        },
      },
    });
    const inputResponses = { sure: accept({ sure: true }) };
    expect(text(await round('confirm', { inputResponses }))).toBe('done');
  });

  it.each(['decline', 'cancel'])('is told that the user said %s', async (action) => {
    expect(text(await round('confirm', { inputResponses: { sure: { action } } }))).toBe(action);
  });

  it.each([
    ['no answer', {}],
    ['an answer to another question', { other: accept({ sure: true }) }],
    ['an answer without content', { sure: { action: 'accept' } }],
    ['an answer of the wrong shape', { sure: accept({ sure: 'yes' }) }],
    ['an answer of another kind', { sure: { roots: [] } }],
  ])('asks again after %s', async (_what, inputResponses) => {
    const { result } = await round('confirm', { inputResponses });
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { sure: {} } });
  });

  it('asks several things at once, and again for what is missing', async () => {
    const first = await round('both');
    expect(Object.keys(first.result.inputRequests)).toEqual(['sure', 'name']);
    const sure = accept({ sure: true });
    const second = await round('both', { inputResponses: { sure, name: accept({ name: '' }) } });
    expect(Object.keys(second.result.inputRequests)).toEqual(['name']);
    const inputResponses = { sure, name: accept({ name: 'Ada' }) };
    expect(text(await round('both', { inputResponses }))).toBe('Ada true');
  });

  it.each([
    ['confirm', { elicitation: {} }],
    ['page', { elicitation: { url: {} } }],
    ['model', { sampling: {} }],
    ['roots', { roots: {} }],
  ])('%s needs a client that can answer', async (name, requiredCapabilities) => {
    for (const capabilities of [{}, { experimental: {} }]) {
      const answer = await round(name, {}, 'alice', capabilities);
      expect(answer.status).toBe(400);
      expect(answer.error).toMatchObject({ code: -32021, data: { requiredCapabilities } });
    }
    expect((await round(name)).result.resultType).toBe('input_required');
  });

  it('asks the model, the roots and for a visit to a page', async () => {
    const content = { type: 'text', text: 'hi' };
    const words = { role: 'assistant', model: 'm', content };
    expect(text(await round('model', { inputResponses: { words } }))).toBe('said hi');
    const roots = { roots: [{ uri: 'file:///a' }] };
    expect(text(await round('roots', { inputResponses: { roots } }))).toBe('file:///a');
    const { result } = await round('page');
    expect(result.inputRequests.paid.params).toMatchObject({
      mode: 'url',
      url: 'https://pay.test/1',
    });
    expect(text(await round('page', { inputResponses: { paid: { action: 'accept' } } }))).toBe(
      'accept',
    );
  });

  it('works in prompts and resources too', async () => {
    const inputResponses = { name: accept({ name: 'Ada' }) };
    const meta = able(EVERYTHING);
    const prompt = (more: object) =>
      ask(mcp.url, 'prompts/get', { name: 'asks', ...meta, ...more });
    expect((await prompt({})).result.resultType).toBe('input_required');
    expect((await prompt({ inputResponses })).result.messages[0].content.text).toBe('Hello Ada');
    const read = (more: object) =>
      ask(mcp.url, 'resources/read', { uri: 'notes://asks', ...meta, ...more });
    expect((await read({})).result.resultType).toBe('input_required');
    expect((await read({ inputResponses })).result.contents[0].text).toBe('Of Ada');
  });
});

describe('the state of a call', () => {
  const stateOf = async (name: string, as = 'alice'): Promise<string> =>
    (await round(name, {}, as)).result.requestState;

  it('comes back in the next round', async () => {
    const requestState = await stateOf('keeps');
    expect(text(await round('keeps', { requestState }))).toBe('kept start');
  });

  it('carries earlier answers through the rounds', async () => {
    const inputResponses = { name: accept({ name: 'Ada' }) };
    const { requestState } = (await round('steps', { inputResponses })).result;
    const town = { town: accept({ town: 'Rome' }) };
    const again = await round('steps', { requestState, inputResponses: {} });
    expect(again.result.resultType).toBe('input_required');
    const { requestState: next } = again.result;
    expect(text(await round('steps', { requestState: next, inputResponses: town }))).toBe(
      'Ada of Rome',
    );
  });

  const REFUSED = {
    error: { code: -32602, message: 'Invalid or expired requestState' },
  };

  it('is refused when a byte of it is another one', async () => {
    const state = await stateOf('keeps');
    const at = Math.floor(state.length / 2);
    const changed = state[at] === 'A' ? 'B' : 'A';
    for (const requestState of [
      `${state.slice(0, at)}${changed}${state.slice(at + 1)}`,
      state.slice(0, -4),
      `${state.split('.').slice(0, 2).join('.')}.`,
      'v1.e30.e30',
      'x',
      '',
      { at: 'start' },
    ]) {
      expect(await round('keeps', { requestState }), String(requestState)).toMatchObject(REFUSED);
    }
  });

  it('is refused from another principal, and from nobody', async () => {
    const requestState = await stateOf('keeps');
    expect(await round('keeps', { requestState }, 'bob')).toMatchObject(REFUSED);
    expect((await round('keeps', { requestState }, '')).status).toBe(401);
  });

  it('is refused by another tool, a prompt and a resource', async () => {
    const requestState = await stateOf('keeps');
    expect(await round('other', { requestState })).toMatchObject(REFUSED);
    const meta = { ...able(EVERYTHING), requestState };
    expect(await ask(mcp.url, 'prompts/get', { name: 'asks', ...meta })).toMatchObject(REFUSED);
    expect(await ask(mcp.url, 'resources/read', { uri: 'notes://asks', ...meta })).toMatchObject(
      REFUSED,
    );
    expect(mcp.log.errors).toEqual([]);
  });

  it('can be used again by the principal it was made for', async () => {
    const requestState = await stateOf('keeps');
    for (let turn = 0; turn < 3; turn += 1) {
      expect(text(await round('keeps', { requestState }))).toBe('kept start');
    }
  });

  it('is refused after ten minutes', async () => {
    const requestState = await stateOf('keeps');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 599_000 });
    try {
      expect(text(await round('keeps', { requestState }))).toBe('kept start');
      vi.setSystemTime(Date.now() + 3_000);
      expect(await round('keeps', { requestState })).toMatchObject(REFUSED);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is good on every node that has the key, and on no other', async () => {
    const key = new Uint8Array(32).fill(7);
    const [one, two, stranger] = [
      await mcpApp([AskingTools], { requestStateKey: key }),
      await mcpApp([AskingTools], { requestStateKey: key }),
      await mcpApp([AskingTools]),
    ];
    const call = ({ url }: McpApp, more: object) =>
      ask(url, 'tools/call', { name: 'keeps', arguments: {}, ...able(EVERYTHING), ...more });
    const { requestState } = (await call(one, {})).result;
    expect(text(await call(two, { requestState }))).toBe('kept start');
    expect(await call(stranger, { requestState })).toMatchObject(REFUSED);
  });
});
