import '../../src/testing/vitest.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMcpTest, type McpTest } from '../../src/testing/index.js';
import { NotesModule } from './notes.app.js';

let test: McpTest;
beforeAll(async () => {
  test = await createMcpTest({ imports: [NotesModule] });
});
afterAll(() => test.close());

/** What a matcher that does not hold says. */
async function failureOf(assertion: Promise<void>): Promise<string> {
  return assertion.then(
    () => 'it held',
    ({ message }: Error) => message,
  );
}

describe.each(['modern', 'legacy'] as const)('the matchers, %s', (era) => {
  const as = (person = {}) => test.as(person, { era });

  it('toBeUnauthenticated: who has no token, a bad one, an old one', async () => {
    await expect(test.anonymous({ era }).callTool('me')).toBeUnauthenticated('unauthorized');
    await expect(test.anonymous({ era }).callTool('me')).not.toBeUnauthenticated('token_expired');
    const late = await as({ expiresIn: -60 });
    await expect(late.callTool('about')).toBeUnauthenticated('token_expired');
    const forged = await as({ signedBy: 'foreign' });
    await expect(forged.callTool('about')).toBeUnauthenticated(/could not be verified/);
    await expect(test.withToken('x.y.z', { era }).listTools()).toBeUnauthenticated('invalid_token');
    const ada = await as();
    expect(await failureOf(expect(ada.callTool('about')).toBeUnauthenticated())).toBe(
      'Expected it to be unauthenticated. The tool answered: notes',
    );
  });

  it('toRequireScopes: exactly those of the operation', async () => {
    const ada = await as();
    const adds = () => ada.callTool('add_note', { text: 'x' });
    await expect(adds).toRequireScopes('notes:write', 'notes:read');
    await expect(adds).not.toRequireScopes('notes:write');
    expect(await failureOf(expect(adds()).toRequireScopes('notes:write'))).toContain(
      'Expected it to require the scopes notes:write. The server answered 403 insufficient_scope',
    );
  });

  it('toBeForbidden: what a policy refuses, not what a tool refuses itself', async () => {
    const ada = await as({ scopes: ['user:org:read'] });
    await expect(ada.callTool('tenant')).toBeForbidden(/organization/);
    await expect(ada.readResource('admin://all')).toBeForbidden();
    await expect(ada.callTool('secret')).not.toBeForbidden();
    await expect(ada.callTool('secret')).toHaveToolError('Not even you.');
    await expect(ada.callTool('add_note', { text: 'x' })).not.toBeForbidden();
    await expect(ada.readResource('notes://all')).not.toBeForbidden();
    const admin = await as({ organization: 'acme', role: 'org:admin' });
    await expect(admin.callTool('tenant')).not.toBeForbidden();
    await expect(admin.readResource('admin://all')).not.toBeForbidden();
  });

  it('toRequireReverification: of a user who has not verified lately', async () => {
    const boss = { organization: 'acme', role: 'org:admin', tokenType: 'session_token' } as const;
    const stale = await as({ ...boss, factorAge: [600, -1] });
    await expect(stale.callTool('purge')).toRequireReverification('moderate');
    await expect(stale.callTool('purge')).not.toRequireReverification('strict');
    const fresh = await as({ ...boss, factorAge: [0, -1] });
    await expect(fresh.callTool('purge')).not.toRequireReverification();
    await expect(fresh.callTool('purge')).toHaveToolOutput('purged');
  });

  it('toBeUnavailable: while Clerk is down', async () => {
    const ada = await as({ format: 'opaque' });
    const outage = test.fault('verify', { kind: 'status', status: 503 });
    await expect(ada.callTool('me')).toBeUnavailable();
    outage.clear();
    await expect(ada.callTool('me')).not.toBeUnavailable();
  });

  it('toHaveToolError and toHaveToolOutput: what a tool answers', async () => {
    const ada = await as({ scopes: ['notes:read', 'notes:write'] });
    await expect(ada.callTool('add_note', { text: '' })).toHaveToolError(/text/);
    await expect(ada.callTool('add_note', { text: 'x' })).not.toHaveToolError();
    await expect(ada.callTool('add_note', { text: 'x' })).toHaveToolOutput({ text: 'x' });
    await expect(ada.callTool('add_note', { text: 'x' })).toHaveToolOutput(
      expect.objectContaining({ text: expect.any(String) }),
    );
    await expect(ada.callTool('add_note', { text: 'x' })).not.toHaveToolOutput({ text: 'y' });
  });

  it('toHaveProtocolError: what is not there', async () => {
    const ada = await as();
    await expect(ada.callTool('nothing')).toHaveProtocolError(-32602, 'Unknown tool: nothing');
    await expect(ada.callTool('nothing')).not.toHaveProtocolError(-32603);
    await expect(ada.callTool('nothing')).not.toHaveToolError();
  });

  it('toSeeTools: the list of a caller', async () => {
    await expect(test.anonymous({ era })).toSeeTools('about');
    await expect(test.anonymous({ era })).not.toSeeTools('about', 'me');
    const admin = await as({ organization: 'acme', role: 'org:admin' });
    await expect(admin).toSeeTools('about', 'clear', 'mail', 'me', 'secret', 'slowly', 'tenant');
  });

  it('fails for an error that no server answered', async () => {
    const broken = Promise.reject(new TypeError('a bug of the test'));
    await expect(failureOf(expect(broken).not.toBeUnauthenticated())).resolves.toBe(
      'a bug of the test',
    );
  });
});

describe('the matchers, on a controller', () => {
  it('read an HTTP response', async () => {
    const nobody = test.anonymous();
    await expect(nobody.fetch('/notes')).toBeUnauthenticated('unauthorized');
    const ada = await test.as();
    await expect(ada.fetch('/notes')).not.toBeUnauthenticated();
    expect(await (await ada.fetch('/notes')).json()).toEqual([{ id: 1 }]);
  });

  it('take no 401 that leads nowhere for a request to sign in', async () => {
    const refused = (challenge: string) =>
      new Response('{"error":"unauthorized"}', {
        status: 401,
        headers: { 'content-type': 'application/json', 'www-authenticate': challenge },
      });
    await expect(refused('Bearer')).not.toBeUnauthenticated();
    await expect(refused('Bearer resource_metadata="https://x.test"')).toBeUnauthenticated();
  });

  it('count what one caller does wrong against nobody else', async () => {
    const [one, other] = [test.withToken('x.y.z'), test.withToken('x.y.z')];
    const statuses = new Set<number>();
    for (let count = 0; count < 31; count += 1) statuses.add((await one.fetch('/notes')).status);
    expect(statuses).toEqual(new Set([401, 429]));
    expect((await other.fetch('/notes')).status).toBe(401);
  });
});
