import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestAuthenticator } from '../../../src/clerk/http/request-authenticator.js';
import { callTool, openSession, send, type Answer } from '../../support/mcp-request.js';
import { ADA, GRACE } from '../../support/people.js';
import { challengeOf } from '../../support/refusals.js';
import { startTwoServers, type TwoServers } from './two-servers.js';

let servers: TwoServers;
beforeAll(async () => {
  servers = await startTwoServers();
});
afterAll(() => servers.stop());

type Format = 'jwt' | 'opaque';

const tokenFor = (resource: string, format: Format = 'jwt', user = ADA) =>
  servers.clerk.issue.oauthAccessToken({ user, resource, format });

const names = ({ body }: Answer) => body.result?.tools?.map(({ name }) => name);
const text = ({ body }: Answer) => body.result?.content?.[0]?.text;

describe('several servers in one application', () => {
  it('serve the providers of the modules that each includes, and no others', async () => {
    const { notes, admin } = servers;
    const notesToken = await tokenFor(notes);
    const adminToken = await tokenFor(admin);
    expect(names(await send(notes, 'tools/list', {}, { token: notesToken }))).toEqual([
      'hello',
      'readNotes',
    ]);
    expect(names(await send(admin, 'tools/list', {}, { token: adminToken }))).toEqual([
      'countUsers',
      'getAuthInfo',
      'hello',
      'refreshToken',
    ]);
    expect(text(await callTool(notes, 'hello'))).toBe('hello from notes');
    expect(text(await callTool(admin, 'hello'))).toBe('hello from admin');
    expect(await callTool(notes, 'countUsers', {}, { token: notesToken })).toMatchObject({
      body: { error: { code: -32602 } },
    });
    expect(await callTool(notes, 'stray')).toMatchObject({ body: { error: { code: -32602 } } });
  });

  it('introduce themselves by their own names', async () => {
    const name = async (url: string) =>
      JSON.stringify((await send(url, 'server/discover')).body.result);
    expect(await name(servers.notes)).toContain('"name":"notes"');
    expect(await name(servers.admin)).toContain('"name":"admin"');
  });

  it('have guards of their own', async () => {
    const { notes, admin } = servers;
    const grace = await tokenFor(admin, 'jwt', GRACE);
    expect((await callTool(admin, 'countUsers', {}, { token: grace })).status).toBe(403);
    const atNotes = await tokenFor(notes, 'jwt', GRACE);
    expect((await callTool(notes, 'readNotes', {}, { token: atNotes })).status).toBe(200);
  });

  it('do not share sessions, not even of one user', async () => {
    const { notes, admin } = servers;
    const session = await openSession(notes, { token: await tokenFor(notes) });
    const options = { era: 'legacy', session } as const;
    const here = await send(notes, 'tools/list', {}, { ...options, token: await tokenFor(notes) });
    expect(here.status).toBe(200);
    const there = await send(admin, 'tools/list', {}, { ...options, token: await tokenFor(admin) });
    expect(there.status).toBe(404);
  });
});

describe.each<Format>(['jwt', 'opaque'])('a token (%s)', (format) => {
  it('is good at the server it was issued for, and nowhere else', async () => {
    const { notes, admin } = servers;
    for (const [here, tool, there, other] of [
      [notes, 'readNotes', admin, 'countUsers'],
      [admin, 'countUsers', notes, 'readNotes'],
    ] as const) {
      const token = await tokenFor(here, format);
      // The verdict of one server is kept, and asked for again, on either side of the other's.
      for (let round = 0; round < 2; round += 1) {
        expect((await callTool(here, tool, {}, { token })).status).toBe(200);
        const refused = await callTool(there, other, {}, { token });
        expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
        expect(refused.body.error_description).toContain('issued for another resource.');
      }
    }
  });

  it('that was refused at one server first is still good at its own', async () => {
    const { notes, admin } = servers;
    const token = await tokenFor(admin, format);
    expect((await callTool(notes, 'readNotes', {}, { token })).status).toBe(401);
    expect((await callTool(admin, 'countUsers', {}, { token })).status).toBe(200);
  });

  it('is judged apart by both servers at the same time', async () => {
    const { notes, admin } = servers;
    const token = await tokenFor(notes, format);
    const answers = await Promise.all([
      callTool(admin, 'countUsers', {}, { token }),
      callTool(notes, 'readNotes', {}, { token }),
      callTool(admin, 'countUsers', {}, { token }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 200, 401]);
  });
});

describe('an ordinary route with @ResourcePath()', () => {
  const read = (token: string) =>
    fetch(`${servers.baseURL}/export`, { headers: { authorization: `Bearer ${token}` } });

  it('takes the tokens of that resource, and challenges for it', async () => {
    expect((await read(await tokenFor(servers.admin))).status).toBe(200);
    const refused = await read(await tokenFor(servers.notes));
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('oauth-protected-resource/admin"');
  });
});

describe('RequestAuthenticator', () => {
  it('does not repeat at one resource what it said at another', async () => {
    const authenticator = servers.app.get(RequestAuthenticator);
    const authorization = `Bearer ${await tokenFor(servers.notes)}`;
    const request = { headers: { authorization } };
    expect(await authenticator.authenticate(request, 'notes/mcp')).toMatchObject({
      tokenType: 'oauth_token',
    });
    expect(await authenticator.authenticate(request)).toBeDefined();
    // What is known at once is refused at once.
    const elsewhere = async () => authenticator.authenticate(request, 'admin');
    await expect(elsewhere()).rejects.toMatchObject({
      refusal: { reason: 'invalid_token' },
    });
  });
});

describe('a challenge', () => {
  it('points to the metadata of the server that was called', async () => {
    const { baseURL, notes, admin } = servers;
    const wellKnown = `${baseURL}/.well-known/oauth-protected-resource`;
    expect(challengeOf(await callTool(notes, 'readNotes'))).toContain(
      `resource_metadata="${wellKnown}/notes/mcp"`,
    );
    expect(challengeOf(await callTool(admin, 'countUsers'))).toContain(
      `resource_metadata="${wellKnown}/admin"`,
    );
    const stepUp = await callTool(admin, 'listOrganizations', {}, { token: await tokenFor(admin) });
    expect(stepUp.status).toBe(403);
    expect(challengeOf(stepUp)).toContain(`resource_metadata="${wellKnown}/admin"`);
    const bad = await callTool(admin, 'countUsers', {}, { token: 'bad' });
    expect(challengeOf(bad)).toContain(`resource_metadata="${wellKnown}/admin"`);
  });

  it('is what getAuthInfo says too', async () => {
    const { baseURL, admin } = servers;
    const info = await callTool(admin, 'getAuthInfo');
    expect(info.body.result?.structuredContent).toMatchObject({
      resource: admin,
      resourceMetadataUrl: `${baseURL}/.well-known/oauth-protected-resource/admin`,
    });
  });

  it('leads a client to a token that is good here', async () => {
    for (const [url, tool] of [
      [servers.notes, 'readNotes'],
      [servers.admin, 'countUsers'],
    ] as const) {
      const challenge = challengeOf(await callTool(url, tool)) ?? '';
      const metadata = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '';
      const { resource } = (await (await fetch(metadata)).json()) as { resource: string };
      expect(resource).toBe(url);
      const token = await tokenFor(resource);
      expect((await callTool(url, tool, {}, { token })).status).toBe(200);
    }
  });
});
