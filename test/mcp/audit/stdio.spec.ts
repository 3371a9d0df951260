import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditSink } from '../../../src/extend.js';
import { HostTools } from '../stdio/host.js';
import { ERAS, RESOURCE, call, connect, startStdioApp, type StdioApp } from '../stdio/stdio-app.js';
import { KeptEvents } from './audited-app.js';

const sink = new KeptEvents();
let host: StdioApp & { stop(): Promise<void> };
beforeAll(async () => {
  host = await startStdioApp([HostTools, { provide: AuditSink, useValue: sink }]);
});
afterAll(() => host.stop());
beforeEach(() => {
  sink.events.length = 0;
});

const tokenOf = () =>
  host.clerk.issue.oauthAccessToken({ user: 'ada@example.com', resource: RESOURCE, format: 'jwt' });

describe.each(ERAS)('the audit over stdio, %s', (era) => {
  it('has one decision and one call, in the name of whom the server works for', async () => {
    const session = await connect(host, { token: await tokenOf(), era });
    sink.events.length = 0;
    await call(session, 'whoAmI');
    const who = {
      transport: 'stdio',
      endpoint: 'mcp',
      era,
      subject: expect.stringMatching(/^user_/),
      tokenType: 'oauth_token',
      entry: { kind: 'tool', name: 'whoAmI' },
    };
    expect(await sink.take(2)).toMatchObject([
      { type: 'decision', decision: 'allowed', method: 'tools/call', ...who },
      { type: 'call', outcome: 'ok', ...who },
    ]);
  });

  it('has a decision and no call for what is refused, with the reason of the rule', async () => {
    const session = await connect(host, { era });
    sink.events.length = 0;
    await call(session, 'whoAmI');
    const [event, ...more] = await sink.take(1);
    expect(event).toMatchObject({
      decision: 'refused',
      reason: 'unauthenticated',
      transport: 'stdio',
    });
    expect(event).not.toHaveProperty('subject');
    expect(more).toEqual([]);
  });

  it('has the rest as well: lists, resources and prompts', async () => {
    const session = await connect(host, { token: await tokenOf(), era });
    const { client } = session;
    sink.events.length = 0;
    await client.readResource({ uri: 'host://secret' });
    await client.getPrompt({ name: 'greeting' });
    await client.listTools();
    expect((await sink.take(5)).map(({ type }) => type)).toEqual([
      'decision',
      'call',
      'decision',
      'call',
      'list',
    ]);
  });
});

it('a server that is started with a bad token leaves an event', async () => {
  await expect(connect(host, { token: 'made-up!' })).rejects.toThrow();
  expect(await sink.take(1)).toMatchObject([
    { type: 'authentication', transport: 'stdio', endpoint: 'mcp', reason: 'invalid_token' },
  ]);
});
