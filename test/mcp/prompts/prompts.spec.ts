import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, ERAS } from '../answer.js';
import { startMcpApp, type McpApp } from '../fixtures.js';
import { ServedPrompts } from './served-prompts.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([ServedPrompts], { signIn: 'call' });
});
afterAll(() => mcp.app.close());

const get = (name: string, args: object = {}, as = '', era: 'modern' | 'legacy' = 'modern') =>
  ask(mcp.url, 'prompts/get', { name, arguments: args }, { as, era });

describe.each(ERAS)('prompts for a client of the %s era', (era) => {
  it.each([
    ['nobody', '', false, false],
    ['somebody', 'alice', true, false],
    ['one with the scope', 'alice:notes:read', true, true],
  ])('lists to %s what that caller may get, and nothing else', async (_who, as, mine, scoped) => {
    const { result } = await ask(mcp.url, 'prompts/list', {}, { as, era });
    const names: string[] = result.prompts.map(({ name }: any) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toContain('review');
    for (const [name, may] of [
      ['mine', mine],
      ['scoped', scoped],
    ] as const) {
      expect(names.includes(name), name).toBe(may);
      expect((await get(name, { topic: 't' }, as, era)).status === 200, name).toBe(may);
    }
  });

  it('describes the arguments by the schema', async () => {
    const { result } = await ask(mcp.url, 'prompts/list', {}, { era });
    expect(result.prompts.find(({ name }: any) => name === 'review')).toEqual({
      name: 'review',
      title: 'Code review',
      description: 'Reviews code',
      arguments: [
        { name: 'code', description: 'What to review', required: true },
        { name: 'lines', required: false },
        { name: 'language', required: false },
      ],
      _meta: { kept: true },
    });
  });

  it('makes text one message of the user, validated, coerced and with defaults', async () => {
    const { result } = await get('review', { code: 'x', lines: '12' }, '', era);
    expect(result).toMatchObject({
      description: 'Reviews code',
      messages: [{ role: 'user', content: { type: 'text', text: 'typescript number x' } }],
    });
  });

  it.each([
    ['a missing argument', {}, ['code']],
    ['an empty one', { code: '' }, ['code']],
    ['two that do not fit', { code: '', lines: 'hunter2' }, ['code', 'lines']],
  ])('answers %s with -32602 and names the fields, not the values', async (_, args, fields) => {
    const { error } = await get('review', args, '', era);
    expect(error?.code).toBe(-32602);
    for (const field of fields) expect(error?.message).toContain(field);
    expect(error?.message).not.toContain('hunter2');
  });

  it('refuses an argument that is no text', async () => {
    const { result, error } = await get('review', { code: { a: 1 } }, '', era);
    expect(result).toBeUndefined();
    expect(error?.message).toContain('expected string');
  });

  it.each(['unknown', '', '__proto__', 'constructor'])('knows no prompt "%s"', async (name) => {
    expect((await get(name, {}, 'alice', era)).error?.code).toBe(-32602);
  });
});

describe('a prompt', () => {
  it('challenges over HTTP whom it is not for', async () => {
    const anonymous = await get('mine', { topic: 't' });
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get('www-authenticate')).toContain('Bearer');
    const unscoped = await get('scoped', { topic: 't' }, 'alice');
    expect(unscoped.status).toBe(403);
    expect(unscoped.headers.get('www-authenticate')).toContain('scope="notes:read"');
  });

  it('passes messages and whole results through', async () => {
    expect((await get('dialogue')).result).toMatchObject({
      description: 'Several messages',
      messages: [{ role: 'user' }, { role: 'assistant', content: { text: 'Hello' } }],
    });
    expect((await get('whole')).result.description).toBe('of its own');
  });

  it('that returns something else is a bug, told to the log only', async () => {
    const { error } = await get('noPrompt');
    expect(error).toMatchObject({ code: -32603 });
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(mcp.log.errorsWith('ServedPrompts.noPrompt')).toHaveLength(1);
  });
});

describe.each(ERAS)('completions for a client of the %s era', (era) => {
  const complete = (ref: object, name: string, value = '', as = '', context?: object) => {
    const params = { ref, argument: { name, value }, ...(context && { context }) };
    return ask(mcp.url, 'completion/complete', params, { as, era });
  };
  const ofPrompt = (name: string) => ({ type: 'ref/prompt', name });
  const ofTemplate = (uri: string) => ({ type: 'ref/resource', uri });
  const NONE = { values: [], total: 0, hasMore: false };

  it('get what was typed and the other arguments', async () => {
    const context = { arguments: { code: 'c' } };
    const { result } = await complete(ofPrompt('review'), 'language', 'ty', '', context);
    expect(result.completion).toEqual({ values: ['ty+c'], total: 1, hasMore: false });
  });

  it('are a hundred at most', async () => {
    const { completion } = (await complete(ofPrompt('review'), 'lines')).result;
    expect(completion.values).toHaveLength(100);
    expect(completion).toMatchObject({ total: 150, hasMore: true });
  });

  it('look at the first 1024 characters of what was typed', async () => {
    const { result } = await complete(ofPrompt('review'), 'language', 'x'.repeat(5_000));
    expect(result.completion.values[0]).toHaveLength(1_024 + 1);
  });

  it('complete variables of a template', async () => {
    const { result } = await complete(ofTemplate('notes://{id}'), 'id', '1', 'alice');
    expect(result.completion.values).toEqual(['1', '12']);
  });

  it('are none for an argument that has no completion, or one for others', async () => {
    expect((await complete(ofPrompt('review'), 'unknown')).result.completion).toEqual(NONE);
    expect((await complete(ofPrompt('review'), 'code')).result.completion).toEqual(NONE);
    const { result } = await complete(ofPrompt('review'), 'code', '', 'alice');
    expect(result.completion.values).toEqual(['for signed-in callers']);
  });

  it('do not tell what the caller may not use from what is not there', async () => {
    for (const [ref, as] of [
      [ofPrompt('mine'), ''],
      [ofPrompt('scoped'), 'alice'],
      [ofTemplate('notes://{id}'), ''],
    ] as const) {
      const name = 'name' in ref ? 'unknown' : undefined;
      const hidden = await complete(ref, name ? 'topic' : 'id', '', as);
      const unknown = name ? ofPrompt(name) : ofTemplate('unknown://{id}');
      const missing = await complete(unknown, 'topic', '', as);
      expect(hidden.error?.code).toBe(-32602);
      const key = (text = '') => text.replace(/(mine|scoped|unknown|notes)(?=$|:)/, '…');
      expect(key(hidden.error?.message)).toBe(key(missing.error?.message));
    }
    const { result } = await complete(ofPrompt('scoped'), 'topic', '', 'alice:notes:read');
    expect(result.completion.values).toEqual(['scoped']);
  });

  it('that fail tell the log', async () => {
    const { error } = await complete(ofPrompt('dialogue'), 'broken');
    expect(error?.code).toBe(-32603);
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});
