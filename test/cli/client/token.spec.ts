import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { type CommandSurroundings, runCommand } from '../fake-terminal.js';
import { person } from './person.js';

const JWT = /^ey[\w-]+\.[\w-]+\.[\w-]+\n$/;

describe('token', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ env: { MCP_SIGN_IN: 'connect' } });
  });
  afterAll(() => service.stop());

  const run = (args: readonly string[], surroundings: CommandSurroundings = {}) =>
    runCommand(args, { open: person(service), ...surroundings });

  it('signs in through the browser as a public client, and prints the token only', async () => {
    const opened: string[] = [];
    const { code, stdout, stderr } = await run(['token', service.url], {
      open: (url) => {
        opened.push(url);
        person(service)(url);
      },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(JWT) });
    const [url = ''] = opened;
    expect(stderr).toContain(url);
    expect(stderr).not.toContain(stdout.trim());
    const query = new URL(url).searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('resource')).toBe(service.url);
    expect(query.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    // Nothing keeps a refresh token, so that none is asked for.
    expect(query.get('scope')?.split(' ')).not.toContain('offline_access');
    const called = await run(['call', service.url, 'echo', '{"message":"hi"}', '--token'], {
      stdin: stdout,
    });
    expect(called).toMatchObject({ code: 0, stdout: expect.stringContaining('hi') });
  });

  it('takes a client and scopes', async () => {
    const { clientId } = service.clerk.oauthApplications.create({
      redirectUris: ['http://127.0.0.1:1/callback'],
      public: true,
      scopes: ['profile', 'email'],
    });
    const opened: string[] = [];
    const args = ['token', service.url, '--client-id', clientId, '--scope', 'profile'];
    const { code, stdout } = await run([...args, '--no-browser'], {
      open: (url) => void opened.push(url),
      onPrintError: (text) => {
        const url = /^http\S+$/m.exec(text)?.[0];
        if (url) person(service)(url);
      },
    });
    expect({ code, stdout, opened }).toEqual({
      code: 0,
      stdout: expect.stringMatching(JWT),
      opened: [],
    });
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ client_id: clientId, scope: 'profile', aud: service.url });
  });

  it('says that the person refused', async () => {
    const { code, stdout, stderr } = await run(['token', service.url], {
      open: person(service, { consented: 'false' }),
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('The sign-in failed: access_denied');
  });

  it('ends when nobody signs in', async () => {
    const { code, stderr } = await run(['token', service.url, '--wait', '1'], {
      open: () => undefined,
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('Nobody signed in within 1 seconds'),
    });
  });

  it('ends with the command', async () => {
    const stop = new AbortController();
    const { code, stderr } = await run(['token', service.url], {
      stopped: stop.signal,
      open: () => stop.abort(),
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Stopped.') });
  });

  it('takes the token of a user from the local emulator, without a browser', async () => {
    const { code, stdout, stderr } = await run(['token', service.url, '--as', 'ada@example.com'], {
      open: () => expect.unreachable(),
    });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: expect.stringMatching(JWT),
      stderr: '',
    });
    expect(await run(['token', service.url, '--as', 'nobody@example.com'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('issues no token for nobody@example.com'),
    });
  });

  it('asks no emulator on another machine', async () => {
    const original = globalThis.fetch;
    const asked: string[] = [];
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      asked.push(String(url));
      if (!String(url).includes('oauth-protected-resource')) return original(url, init);
      return Response.json({ authorization_servers: ['http://10.0.0.1:4010'] });
    });
    onTestFinished(() => spy.mockRestore());
    expect(await run(['token', service.url, '--as', 'ada@example.com'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not use a local Clerk emulator'),
    });
    expect(asked).toHaveLength(1);
  });
});
