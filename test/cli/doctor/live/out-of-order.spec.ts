import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readLiveFile } from '../../../../src/cli/live-file.js';
import { freePort } from '../../../support/free-port.js';
import { applicationsLeft, checkOf, liveUnderTest, replacing } from './live-under-test.js';

const LIMIT = 120_000;

describe('doctor --live at an instance that is out of order', () => {
  it.each([
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/v1/instance/oauth_application_settings',
    '/oauth/register',
    '/oauth/token',
    '/oauth/userinfo',
    '/oauth/token/revoke',
    '/oauth_applications/access_tokens/verify',
    '/v1/oauth_applications?',
  ])(
    'ends with a report when %s answers garbage',
    async (path) => {
      const live = await liveUnderTest();
      let turn = 0;
      const run = await replacing(
        path,
        undefined,
        () => live.examine({}, ['--yes', '--wait', '60']),
        () => garbage(turn++),
      );
      expect(turn).toBeGreaterThan(0);
      expect(run.content.checks.length).toBeGreaterThan(5);
      expect(run.stdout).not.toContain('lin@example.com');
      expect(run.text).not.toContain('lin@example.com');
      expect((await readLiveFile(run.file)).switches).toEqual(run.content.switches);
      // Without a list, the clients that registered themselves cannot be found.
      if (path.endsWith('?')) expect(run.stderr).toContain('registered client(s)');
      else expect(applicationsLeft(live.emulator)).toEqual([]);
    },
    LIMIT,
  );

  it(
    'goes on after an endpoint that never answers',
    async () => {
      const live = await liveUnderTest();
      live.emulator.faults.set('userinfo', { kind: 'hang' });
      live.emulator.faults.set('registration', { kind: 'reset' });
      const run = await live.examine();
      expect(checkOf(run, 'live-userinfo')?.message).toBe('Userinfo: no answer in 10 seconds');
      expect(checkOf(run, 'live-registration')?.status).toBe('warning');
      expect(checkOf(run, 'live-refresh')?.status).toBe('ok');
      expect(applicationsLeft(live.emulator)).toEqual([]);
    },
    LIMIT,
  );

  it('creates nothing at an instance that is offline, or whose keys are mixed', async () => {
    const live = await liveUnderTest();
    const nobody = `http://127.0.0.1:${await freePort()}`;
    for (const change of [
      { CLERK_FRONTEND_API: nobody, CLERK_API_URL: nobody },
      { CLERK_SECRET_KEY: 'sk_test_another' },
    ]) {
      const run = await live.examine({ environment: { ...live.environment, ...change } });
      expect(run.code).toBe(1);
      expect(checkOf(run, 'live-instance')?.cure).toContain('Nothing was created');
    }
    expect(applicationsLeft(live.emulator)).toEqual([]);
    expect(live.emulator.counters.ofGroup('registration')).toBe(0);
  });

  it('reads no endless answer', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const write = (): void => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      };
      response.on('drain', write);
      write();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const live = await liveUnderTest();
    const environment = { ...live.environment, CLERK_FRONTEND_API: url, CLERK_API_URL: url };
    const run = await live.examine({ environment });
    expect(checkOf(run, 'live-metadata')?.message).toMatch(/an answer of more than 1 MB/);
    server.closeAllConnections();
  });
});

/** Answers that no instance gives, one after another. */
function garbage(turn: number): Response {
  const wrong = {
    issuer: null,
    scopes_supported: [1, {}, 'with space', 'x'.repeat(3_000)],
    default_scopes: [{}, 'lin@example.com'],
    access_token: 5,
    refresh_token: [],
    client_id: ['x'],
    redirect_uris: 'x',
    error: 'ask lin@example.com',
    errors: [null, { code: 5 }],
    expiration: 'soon',
    aud: { sub: 'x' },
    data: [null, 'x', { client_id: 7 }],
  };
  const answers = [
    () => Response.json(wrong),
    () => new Response('<html>lin@example.com</html>', { status: 200 }),
    () => Response.json([wrong]),
    () => Response.json(wrong, { status: 400 }),
    () =>
      new Response(null, { status: 302, headers: { location: 'https://evil.example/?error=x y' } }),
    () => new Response('{"access_token"', { status: 201 }),
    () => Response.json({ errors: [{ code: 'lin@example.com' }] }, { status: 422 }),
  ];
  return (answers[turn % answers.length] ?? (() => Response.error()))();
}
