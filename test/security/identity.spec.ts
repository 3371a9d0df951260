import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../support/runs.js';
import {
  callTool,
  ENVELOPE,
  modernHeaders,
  openSession,
  send,
  type Answer,
} from '../support/mcp-request.js';
import { accessToken, ADA, GRACE, KATHERINE, opaqueToken, userIdOf } from '../support/people.js';
import { challengeOf, expectEcho, expectUnauthorized } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ env: { MCP_SIGN_IN: 'call' } });
});
afterAll(() => service.stop());

describe('Two users on one keep-alive connection', () => {
  it('keep their names, and nobody inherits one', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const tokens = [await accessToken(service), await opaqueToken(service, { user: GRACE })];
    const users = [userIdOf(service, ADA), userIdOf(service, GRACE)];
    const sockets = new Set<object>();
    for (let turn = 0; turn < 30; turn += 1) {
      const who = turn % 3;
      const { socket, answer } = await echoOver(agent, tokens[who]);
      sockets.add(socket);
      if (who === 2) expect(answer).toMatchObject({ error: 'unauthorized' });
      else expect(answer).toMatchObject({ result: { structuredContent: { userId: users[who] } } });
    }
    expect(sockets.size).toBe(1);
    agent.destroy();
  });

  it('keep their names while their calls wait in one line', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const tokens = [await accessToken(service), await accessToken(service, { user: GRACE })];
    const users = [userIdOf(service, ADA), userIdOf(service, GRACE)];
    const turns = Array.from({ length: 40 }, (_, turn) => turn % 2);
    const answers = await Promise.all(turns.map((who) => echoOver(agent, tokens[who])));
    expect(answers.map(({ answer }) => answer['result']?.structuredContent.userId)).toEqual(
      turns.map((who) => users[who]),
    );
    agent.destroy();
  });

  async function echoOver(agent: Agent, token: string | undefined) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(service.url, {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...modernHeaders('tools/call', { name: 'echo' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      });
      request.on('response', resolve).on('error', reject);
      const params = { name: 'echo', arguments: { message: 'hi' }, _meta: ENVELOPE };
      request.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
    });
    // The connection leaves the response once this is read.
    const { socket } = response;
    // Written by the service under test, in the shape that the assertions look for.
    const answer = (await json(response)) as Record<
      string,
      { structuredContent: { userId: string } } | undefined
    >;
    return { socket, answer };
  }
});

describe('400 mixed concurrent calls of three users and nobody', () => {
  it('answer each caller by its own name, in both eras', async () => {
    const callers = await Promise.all(
      [ADA, GRACE, KATHERINE].map(async (user, at) => {
        const token = await (at === 1 ? opaqueToken : accessToken)(service, { user });
        const session = await openSession(service.url, { token });
        return { userId: userIdOf(service, user), user, token, session };
      }),
    );
    const anonymous = await openSession(service.url);

    const call = async (index: number): Promise<void> => {
      const legacy = Math.floor(index / 4) % 2 === 0;
      const caller = callers[index % 4];
      const message = `message ${index}`;
      const answer = await callTool(
        service.url,
        'echo',
        { message },
        {
          era: legacy ? 'legacy' : 'modern',
          token: caller?.token,
          session: legacy ? (caller?.session ?? anonymous) : undefined,
        },
      );
      if (!caller) return expectUnauthorized(answer, service);
      expect(answer.body.result?.structuredContent).toMatchObject({
        message,
        userId: caller.userId,
        userEmail: caller.user,
      });
    };

    const calls = Array.from({ length: runs(400) }, (_, index) => index);
    const workers = Array.from({ length: 50 }, async () => {
      for (let index = calls.pop(); index !== undefined; index = calls.pop()) await call(index);
    });
    await Promise.all(workers);
  });
});

describe('A session', () => {
  const echo = (session: string, token?: string) =>
    callTool(service.url, 'echo', { message: 'hi' }, { era: 'legacy', session, token });
  const list = (session: string, token?: string) =>
    send(service.url, 'tools/list', {}, { era: 'legacy', session, token });
  const names = (answer: Answer) => answer.body.result?.tools?.map(({ name }) => name);

  it('serves its owner, with a refreshed token too', async () => {
    const session = await openSession(service.url, { token: await accessToken(service) });
    const refreshed = await accessToken(service, { expiresInSeconds: 7_200 });
    expectEcho(await echo(session, refreshed), userIdOf(service, ADA));
  });

  it('is not there for another user, and goes on for its owner', async () => {
    const ada = await accessToken(service);
    const session = await openSession(service.url, { token: ada });
    const answer = await list(session, await accessToken(service, { user: GRACE }));
    expect(answer.status).toBe(404);
    expect(answer.body.result).toBeUndefined();
    expectEcho(await echo(session, ada), userIdOf(service, ADA));
  });

  it('is not there for the same user through another client', async () => {
    const session = await openSession(service.url, { token: await accessToken(service) });
    const answer = await echo(session, await accessToken(service, { clientId: 'other' }));
    expect(answer.status).toBe(404);
  });

  it('is not there for nobody', async () => {
    const session = await openSession(service.url, { token: await accessToken(service) });
    expect((await list(session)).status).toBe(404);
    expectUnauthorized(await echo(session), service);
    expect((await list(session)).status).toBe(404);
  });

  it('cannot be ended by another user', async () => {
    const ada = await accessToken(service);
    const session = await openSession(service.url, { token: ada });
    const grace = await accessToken(service, { user: GRACE });
    const end = (token: string) =>
      fetch(service.url, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}`, 'mcp-session-id': session },
      });
    expect((await end(grace)).status).toBe(404);
    expectEcho(await echo(session, ada), userIdOf(service, ADA));
    expect((await end(ada)).ok).toBe(true);
    expect((await list(session, ada)).status).toBe(404);
  });

  it('of nobody goes over to the user whom it asked to sign in, and to no second one', async () => {
    const session = await openSession(service.url);
    expect(names(await list(session))).toEqual(['getAuthInfo', 'refreshToken']);
    const refused = await echo(session);
    expectUnauthorized(refused, service);
    expect(challengeOf(refused)).toContain('resource_metadata=');

    const ada = await accessToken(service);
    expectEcho(await echo(session, ada), userIdOf(service, ADA));
    expect(names(await list(session, ada))).toContain('echo');
    expect((await list(session)).status).toBe(404);
    expect((await list(session, await accessToken(service, { user: GRACE }))).status).toBe(404);
  });

  it('of nobody that was never asked to sign in is nobody else’s', async () => {
    const session = await openSession(service.url);
    expect((await list(session, await accessToken(service))).status).toBe(404);
    expect(names(await list(session))).toEqual(['getAuthInfo', 'refreshToken']);
  });
});
