import type { Client } from '@modelcontextprotocol/client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { McpStdio } from '../../../src/mcp/stdio/mcp-stdio.js';
import { ENVELOPE } from '../../support/mcp-request.js';
import { eventually, within } from '../../support/within.js';
import { HostTools, ScopedTools } from './host.js';
import {
  call,
  connect,
  connectRaw,
  ERAS,
  INFO,
  RESOURCE,
  startStdioApp,
  type StdioApp,
} from './stdio-app.js';

const ADA = 'ada@example.com';
const GRACE = 'grace@example.com';
const ANONYMOUS =
  'This needs a signed-in user, and this server was started without an access token. Start the server again with one.';

let host: StdioApp & { stop(): Promise<void> };
beforeAll(async () => {
  host = await startStdioApp([HostTools, ScopedTools]);
});
afterAll(() => host.stop());
afterEach(() => {
  vi.useRealTimers();
});

const idOf = (email: string) => host.clerk.users.get(email).id;
const tokenOf = (user: string, resource = RESOURCE) =>
  host.clerk.issue.oauthAccessToken({ user, resource, format: 'jwt' });

describe.each(ERAS)('McpStdio, %s client', (era) => {
  it('serves the catalog to the user of the access token', async () => {
    const session = await connect(host, { era, token: await tokenOf(ADA) });
    const { tools } = await session.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'colour',
      'current',
      'guarded',
      'hello',
      'scoped',
      'user',
      'wait',
      'whoAmI',
    ]);
    expect(await call(session, 'whoAmI')).toEqual({ text: ADA });
    expect(await call(session, 'user')).toEqual({ text: ADA });
    expect(await call(session, 'current')).toEqual({ text: `${idOf(ADA)} ${idOf(ADA)}` });
    expect(await call(session, 'guarded')).toEqual({ text: `${idOf(ADA)} ${idOf(ADA)}` });
    const secret = await session.client.readResource({ uri: 'host://secret' });
    expect(secret.contents).toMatchObject([{ text: `secret of ${idOf(ADA)}` }]);
    const prompt = await session.client.getPrompt({ name: 'greeting' });
    expect(JSON.stringify(prompt.messages)).toContain(`Greet ${idOf(ADA)}`);
  });

  it('lists and calls what is public, and nothing else, without a token', async () => {
    const session = await connect(host, { era });
    const { client } = session;
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['colour', 'hello', 'scoped', 'user', 'wait']);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(['host://open']);
    expect((await client.listPrompts()).prompts).toEqual([]);
    expect(await call(session, 'hello')).toEqual({ text: 'hello nobody' });
    expect(await call(session, 'user')).toEqual({ text: 'nobody' });
    expect(await call(session, 'whoAmI')).toEqual({ isError: true, text: ANONYMOUS });
    await expect(client.readResource({ uri: 'host://secret' })).rejects.toThrow(ANONYMOUS);
    await expect(client.getPrompt({ name: 'greeting' })).rejects.toThrow(ANONYMOUS);
  });

  it('names the scopes that a token lacks', async () => {
    const session = await connect(host, { era, token: await tokenOf(ADA) });
    expect(await call(session, 'organizations')).toEqual({
      isError: true,
      text: 'This needs the OAuth scopes user:org:read. Authorize again with them.',
    });
  });

  it('says that the token has expired, and serves on what is public', async () => {
    const session = await connect(host, { era, token: await tokenOf(ADA) });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 86_400_000 });
    expect(await call(session, 'current')).toEqual({
      isError: true,
      text: 'The access token that this server was started with has expired. Start the server again with a new one.',
    });
    expect((await call(session, 'hello')).isError).toBeUndefined();
    const { tools } = await session.client.listTools();
    expect(tools.map(({ name }) => name)).not.toContain('whoAmI');
  });

  it('makes a request-scoped provider for each call', async () => {
    const session = await connect(host, { era, token: await tokenOf(ADA) });
    const [one, other] = [await call(session, 'scoped'), await call(session, 'scoped')];
    expect(one.text).toMatch(new RegExp(`^\\d+ ${idOf(ADA)}$`));
    expect(other.text).toMatch(new RegExp(`^\\d+ ${idOf(ADA)}$`));
    expect(other.text).not.toBe(one.text);
  });

  it('keeps the callers of two connections apart while their calls overlap', async () => {
    const ada = await connect(host, { era, token: await tokenOf(ADA) });
    const grace = await connect(host, { era, token: await tokenOf(GRACE) });
    const nobody = await connect(host, { era });
    const answers = await Promise.all([
      call(ada, 'whoAmI', { pause: 30 }),
      call(grace, 'whoAmI', { pause: 10 }),
      call(nobody, 'hello'),
      call(ada, 'whoAmI', { pause: 0 }),
    ]);
    expect(answers.map(({ text }) => text)).toEqual([ADA, GRACE, 'hello nobody', ADA]);
  });

  it('asks the user for input', async () => {
    const session = await connect(host, { era });
    session.client.setRequestHandler('elicitation/create', () => ({
      action: 'accept',
      content: { colour: 'green' },
    }));
    expect(await call(session, 'colour')).toEqual({ text: 'green' });
  });

  it('aborts what still runs after the drain, once the client has closed its end', async () => {
    const tools = host.app.get(HostTools);
    const { aborted, begun } = tools;
    const session = await connect(host, { era, drainMs: 50 });
    const call = session.client.callTool({ name: 'wait' }).catch(() => undefined);
    await eventually(() => expect(tools.begun).toBe(begun + 1));
    session.stdin.end();
    await within(session.connection.closed, 'the end of the connection');
    await eventually(() => expect(tools.aborted).toBe(aborted + 1));
    await session.client.close();
    await call;
  });

  it('is over when nobody reads what it writes', async () => {
    const session = await connect(host, { era });
    session.stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await within(session.connection.closed, 'the end of the connection');
  });

  it('holds every message to the limits', async () => {
    const session = await connect(host, { era });
    const name = 'x'.repeat(300);
    await expect(session.client.callTool({ name })).rejects.toThrow(
      'name must not exceed 256 characters',
    );
  });

  it('writes nothing but JSON-RPC messages', async () => {
    const session = await connect(host, { era, token: await tokenOf(ADA) });
    const written: string[] = [];
    session.stdout.on('data', (chunk: Buffer) => written.push(chunk.toString()));
    await call(session, 'whoAmI');
    await call(session, 'organizations');
    const lines = written.join('').trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });
});

describe('McpStdio', () => {
  const ADVERTISED = { resourcesListChanged: true, resourceSubscriptions: ['host://secret'] };

  it('tells a client of the 2025 era what has changed', async () => {
    const { client } = await connect(host, { era: 'legacy', token: await tokenOf(ADA) });
    const heard = listen(client);
    await client.subscribeResource({ uri: 'host://secret' });
    host.app.get(McpNotifier).resourceUpdated('host://secret');
    host.app.get(McpNotifier).resourceUpdated('host://open');
    host.app.get(McpNotifier).toolsChanged();
    await eventually(() => expect(heard).toEqual(['host://secret', 'tools']));
  });

  it('tells a client of 2026-07-28 what it listens to', async () => {
    const { client } = await connect(host, { token: await tokenOf(ADA) });
    const heard = listen(client);
    await client.listen(ADVERTISED);
    host.app.get(McpNotifier).resourceUpdated('host://open');
    host.app.get(McpNotifier).resourceUpdated('host://secret');
    await eventually(() => expect(heard).toEqual(['host://secret']));
  });

  it('tells a client of 2026-07-28 of a resource by whatever spelling it uses', async () => {
    const { client } = await connect(host, { token: await tokenOf(ADA) });
    const heard = listen(client);
    await client.listen({ resourceSubscriptions: ['HOST://SECR%45T'] });
    host.app.get(McpNotifier).resourceUpdated('host://SECRET');
    await eventually(() => expect(heard).toEqual(['host://secret']));
  });

  it('holds a client of 2026-07-28 to the limits of subscriptions', async () => {
    const { client } = await connect(host, { token: await tokenOf(ADA) });
    const resourceSubscriptions = Array.from({ length: 1_001 }, (_, at) => `host://${at}`);
    await expect(client.listen({ resourceSubscriptions })).rejects.toThrow('more than 1000');
  });

  it('does not tell a client of 2026-07-28 about what it may not read', async () => {
    const { client } = await connect(host);
    const heard = listen(client);
    await client.listen({ ...ADVERTISED, resourceSubscriptions: ['host://secret', 'host://open'] });
    host.app.get(McpNotifier).resourceUpdated('host://secret');
    host.app.get(McpNotifier).resourceUpdated('host://open');
    await eventually(() => expect(heard).toEqual(['host://open']));
  });

  it.each([
    ['of somebody else', () => tokenOf(ADA, 'https://other.example.com/mcp'), /another resource/],
    ['that is none', async () => 'not a token', /malformed/],
    ['that nobody issued', async () => 'oat_unknown', /unknown/],
  ])('refuses a token %s, without repeating it', async (_, issue, reason) => {
    const token = await issue();
    const refusal = await host.app
      .get(McpStdio)
      .connect({ token })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(refusal).toMatchObject({ code: 'ACCESS_TOKEN_REFUSED' });
    expect(String(refusal)).toMatch(reason);
    expect(String(refusal)).not.toContain(token);
  });

  it('serves a client that looks for the newer revision and stays with the older', async () => {
    const { connection, ask } = await connectRaw(host);
    const found = await ask('server/discover', { _meta: ENVELOPE });
    expect(JSON.stringify(found)).toContain('2026-07-28');
    const older = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: INFO };
    expect(await ask('initialize', older)).toMatchObject({
      result: { protocolVersion: '2025-06-18', serverInfo: { name: 'host' } },
    });
    expect(await ask('tools/call', { name: 'hello', arguments: {} })).toMatchObject({
      result: { content: [{ text: 'hello nobody' }] },
    });
    await connection.close();
  });

  it('serves on after a line that is no message', async () => {
    const { stdin, ask } = await connectRaw(host);
    stdin.write('not JSON\n{"jsonrpc":"2.0"}\n');
    const called = await ask('tools/call', {
      name: 'hello',
      arguments: {},
      _meta: ENVELOPE,
    });
    expect(called).toMatchObject({ result: { content: [{ text: 'hello nobody' }] } });
  });

  it('ends its connections with the application', async () => {
    const other = await startStdioApp([HostTools]);
    const session = await connect(other);
    await other.stop();
    await within(session.connection.closed, 'the end of the connection');
  });
});

/** What a client is told, in order. */
function listen(client: Client): readonly string[] {
  const heard: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    heard.push(params.uri);
  });
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    heard.push('tools');
  });
  return heard;
}
