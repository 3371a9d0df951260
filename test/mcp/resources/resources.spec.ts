import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf, ask, ERAS } from '../answer.js';
import { rpc, startMcpApp, type McpApp } from '../fixtures.js';
import { openSession } from '../server/session-client.js';
import { ServedResources } from './served-resources.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([ServedResources], { signIn: 'call' });
});
afterAll(() => mcp.app.close());

const read = (uri: string, as = 'alice', era: 'modern' | 'legacy' = 'modern') =>
  ask(mcp.url, 'resources/read', { uri }, { as, era });

/** Each caller, and what only such a caller may read. */
const CALLERS = [
  ['nobody', '', []],
  ['somebody', 'alice', ['notes://mine', 'notes://of/bob']],
  [
    'one with scopes',
    'alice:notes:read,notes:all',
    ['notes://mine', 'notes://of/bob', 'notes://all', 'notes://files/a/b'],
  ],
] as const;

describe.each(ERAS)('resources for a client of the %s era', (era) => {
  it.each(CALLERS)(
    'lists to %s what that caller may read, and nothing else',
    async (_, as, more) => {
      const { result: list } = await ask(mcp.url, 'resources/list', {}, { as, era });
      const uris: string[] = list.resources.map(({ uri }: any) => uri);
      expect(uris).toEqual(uris.toSorted());
      for (const uri of uris) expect((await read(uri, as, era)).status, uri).toBe(200);
      const { result } = await ask(mcp.url, 'resources/templates/list', {}, { as, era });
      const templates = result.resourceTemplates.map(({ uriTemplate }: any) => uriTemplate);
      for (const [uri, listed] of [
        ['notes://mine', uris.includes('notes://mine')],
        ['notes://all', uris.includes('notes://all')],
        ['notes://of/bob', templates.includes('notes://of/{name}')],
        ['notes://files/a/b', templates.includes('notes://files/{+path}')],
      ] as const) {
        expect(listed, uri).toBe((more as readonly string[]).includes(uri));
        expect((await read(uri, as, era)).status === 200, uri).toBe(listed);
      }
    },
  );

  it.each([
    ['notes://open', { mimeType: 'text/markdown', text: '# open' }],
    ['notes://bytes', { mimeType: 'image/png', blob: 'AQID' }],
    ['notes://list', { mimeType: 'application/json', text: '[1,"two",null]' }],
    ['notes://by-number/7', { mimeType: 'application/json', text: '{"number":7}' }],
  ])('reads %s', async (uri, content) => {
    expect((await read(uri, '', era)).result.contents).toEqual([{ uri, ...content }]);
  });

  it('answers an unknown URI with -32602 and the URI', async () => {
    for (const uri of ['notes://unknown', 'notes://by-number/', '']) {
      const { error } = await read(uri, 'alice', era);
      expect(error).toMatchObject({ code: -32602, data: { uri } });
    }
    // What is too long is not repeated.
    const { error } = await read(`notes://of/${'x'.repeat(9_000)}`, 'alice', era);
    expect(error).toMatchObject({ code: -32602 });
    expect(JSON.stringify(error).length).toBeLessThan(200);
  });
});

describe('reading', () => {
  it.each([
    ['nobody', 'notes://mine', '', 401, 'Bearer'],
    ['nobody', 'notes://of/bob', '', 401, 'Bearer'],
    [
      'one without the scopes',
      'notes://all',
      'alice:notes:read',
      403,
      'scope="notes:read notes:all"',
    ],
    ['one without the scope', 'notes://files/a/b', 'alice', 403, 'scope="notes:read"'],
  ])('challenges %s over HTTP at %s', async (_who, uri, as, status, challenge) => {
    for (const method of ['resources/read', 'resources/subscribe']) {
      const answer = await ask(mcp.url, method, { uri }, { as, era: 'legacy' });
      expect(answer.status, method).toBe(status);
      expect(answer.headers.get('www-authenticate')).toContain(challenge);
    }
    const answer = await ask(mcp.url, 'resources/read', { uri }, { as });
    expect(answer.status).toBe(status);
    const notifications = { toolsListChanged: true, resourceSubscriptions: ['notes://open', uri] };
    const listening = await ask(mcp.url, 'subscriptions/listen', { notifications }, { as });
    expect(listening.status, 'subscriptions/listen').toBe(status);
  });

  it('challenges for the protected one of a batch', async () => {
    const response = await fetch(mcp.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(
        ['notes://open', 'notes://mine'].map((uri, id) => ({
          jsonrpc: '2.0',
          id,
          method: 'resources/read',
          params: { uri },
        })),
      ),
    });
    expect(response.status).toBe(401);
  });

  it('tells a handler the URI and the caller', async () => {
    const { result } = await read('notes://mine');
    expect(JSON.parse(result.contents[0].text)).toEqual({ of: 'user_alice', uri: 'notes://mine' });
  });

  it('passes several contents and whole results through', async () => {
    expect((await read('notes://several')).result.contents).toEqual([
      { uri: 'notes://several/1', text: 'one' },
      { uri: 'notes://several/2', blob: 'AQID', mimeType: 'image/png' },
    ]);
    const { result } = await read('notes://whole');
    expect(result).toMatchObject({ contents: [{ text: 'whole' }], _meta: { kept: true } });
  });

  it('says how long an answer is good, and for whom', async () => {
    expect((await read('notes://open')).result).toMatchObject({ ttlMs: 5, cacheScope: 'public' });
    expect((await read('notes://mine')).result).toMatchObject({
      ttlMs: 60_000,
      cacheScope: 'private',
    });
    expect((await read('notes://list')).result).toMatchObject({ ttlMs: 0, cacheScope: 'private' });
  });

  it.each(['notes://gone', 'notes://nothing'])('says that %s is not there', async (uri) => {
    const errors = mcp.log.errors.length;
    expect((await read(uri)).error).toMatchObject({ code: -32602, data: { uri } });
    expect(mcp.log.errors).toHaveLength(errors);
  });

  it('keeps a bug to the log', async () => {
    const errors = mcp.log.errors.length;
    const { error } = await read('notes://broken');
    expect(error?.code).toBe(-32603);
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(mcp.log.errors.slice(errors)).toEqual([expect.stringContaining('secret detail')]);
  });
});

describe('a template', () => {
  const value = async (uri: string, as = '') => {
    const { result, error } = await read(uri, as);
    return error ?? JSON.parse(result.contents[0].text);
  };

  it('decodes what a client encoded, and takes the query in any order', async () => {
    expect(await value('notes://find/a%2Fb?tag=x&q=%26&tag=y')).toEqual({
      kind: 'a/b',
      q: '&',
      tag: ['x', 'y'],
    });
    expect(await value('notes://find/a')).toEqual({ kind: 'a' });
  });

  it('does not match a URI whose encoding is broken', async () => {
    for (const broken of ['%', '%zz', '%ff', 'a?q=%']) {
      const uri = `notes://find/${broken}`;
      expect(await value(uri)).toMatchObject({ code: -32602, data: { uri } });
    }
  });

  it('validates its variables, and names the field but not the value', async () => {
    const error = await value('notes://by-number/hunter2');
    expect(error).toMatchObject({ code: -32602 });
    expect(error.message).toContain('number');
    expect(error.message).not.toContain('hunter2');
  });

  it('gives way to a resource that has the URI', async () => {
    expect((await read('notes://of/everybody', '')).result.contents[0].text).toBe('exactly');
    expect((await read('notes://of/everybody%20', '')).status).toBe(401);
  });

  it('that comes first by its text wins where two match, whoever asks', async () => {
    // "{+path}" sorts before "{name}": the protected one decides, so that nobody gets around it.
    expect((await read('notes://files/a', '')).status).toBe(401);
    const { result } = await read('notes://files/a', 'alice:notes:read');
    expect(result.contents[0].text).toBe('file a');
  });
});

describe('a subscription of a session', () => {
  it('is refused for a URI that is not there', async () => {
    const session = await openSession(mcp.url, 'alice');
    const uri = 'notes://unknown';
    const answer = await answerOf(await session.send('resources/subscribe', { uri }, 'alice'));
    expect(answer.error).toMatchObject({ code: -32602, data: { uri } });
  });

  it('is one of a thousand at most, and may be repeated', async () => {
    const session = await openSession(mcp.url, 'alice');
    const subscribe = (uri: string) => session.send('resources/subscribe', { uri }, 'alice');
    for (let start = 0; start < 1_000; start += 50) {
      const some = Array.from({ length: 50 }, (_, index) => `notes://of/${start + index}`);
      await Promise.all(some.map(async (uri) => (await subscribe(uri)).text()));
    }
    expect((await answerOf(await subscribe('notes://of/1'))).error).toBeUndefined();
    expect((await answerOf(await subscribe('notes://of/1000'))).error?.code).toBe(-32602);
    await (await session.send('resources/unsubscribe', { uri: 'notes://of/1' }, 'alice')).text();
    expect((await answerOf(await subscribe('notes://of/1000'))).error).toBeUndefined();
  });
});

it('header and body that disagree about the URI are refused', async () => {
  const headers = { 'mcp-name': 'notes://open' };
  const answer = await answerOf(
    await rpc(mcp.url, 'resources/read', { uri: 'notes://list' }, { headers }),
  );
  expect(answer).toMatchObject({ status: 400, error: { code: -32020 } });
});
