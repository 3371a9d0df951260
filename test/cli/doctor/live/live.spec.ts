import { request } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommand } from '../../fake-terminal.js';
import { applicationsLeft, checkOf, liveUnderTest, replacing, walk } from './live-under-test.js';

const LIMIT = 120_000;

describe('doctor --live', () => {
  it(
    'asks before it creates anything, and says what it will create',
    async () => {
      const live = await liveUnderTest();
      const asked: string[] = [];
      const ask = (question: string) => {
        asked.push(question);
        return 'n';
      };
      const declined = await live.examine({ ask }, []);
      expect(declined).toMatchObject({ code: 1, stderr: 'Nothing was created.\n', text: '{}' });
      expect(asked).toEqual([expect.stringMatching(/two OAuth applications[^]*Continue\?/)]);
      expect(asked[0]).toContain(live.emulator.url);
      const requests = live.emulator.counters.ofGroup('oauth_applications');
      expect(requests + live.emulator.counters.ofGroup('registration')).toBe(0);
      const stop = new AbortController();
      const left = await live.examine({ ask: () => void stop.abort(), stopped: stop.signal }, []);
      expect(left).toMatchObject({ code: 1, stderr: 'Nothing was created.\n', text: '{}' });
      expect(live.emulator.counters.ofGroup('oauth_applications')).toBe(0);
      const agreed = await live.examine({ ask: () => ' Y ' }, []);
      expect(agreed.code).toBe(0);
    },
    LIMIT,
  );

  it('refuses without a terminal to ask at', async () => {
    const live = await liveUnderTest();
    const { code, stderr } = await live.examine({}, []);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no terminal.*--yes/);
    expect(live.emulator.counters.ofGroup('oauth_applications')).toBe(0);
  });

  it.each([
    [{ CLERK_SECRET_KEY: 'sk_live_abcdef' }, /CLERK_SECRET_KEY does not begin with sk_test_/],
    [{ CLERK_PUBLISHABLE_KEY: 'pk_live_abcdef' }, /CLERK_PUBLISHABLE_KEY does not begin/],
    [{ CLERK_SECRET_KEY: '' }, /CLERK_SECRET_KEY does not begin with sk_test_/],
    [{ CLERK_PUBLISHABLE_KEY: '' }, /CLERK_PUBLISHABLE_KEY does not begin with pk_test_/],
  ])('refuses the keys %j', async (keys, message) => {
    const live = await liveUnderTest();
    const environment = { ...live.environment, ...keys };
    const { code, stderr } = await live.examine({ environment });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
    expect(stderr).not.toContain('abcdef');
    expect(live.emulator.counters.ofGroup('oauth_applications')).toBe(0);
  });

  it.each([
    [['--live', '--token'], /--token cannot be combined with --live/],
    [['--live', '--clerk-only'], /--clerk-only cannot be combined with --live/],
    [['--yes'], /--yes requires --live/],
    [['--out', 'x'], /--out requires --live/],
    [['--live', '--yes', '--wait', '0'], /--wait must be a number/],
    [['--live', '--yes', '--client-metadata', 'http://x.example'], /must be an https URL/],
  ])('says what is wrong with %j', async (args, message) => {
    const { environment } = await liveUnderTest();
    const { code, stderr } = await runCommand(['doctor', ...args], { environment });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it(
    'leaves nothing in the instance, and no secret, id or e-mail address in its output',
    async () => {
      const live = await liveUnderTest({ accessTokenFormat: 'opaque' });
      const opaque = await withSecrets(() => live.examine());
      live.emulator.configure({ accessTokenFormat: 'jwt' });
      const jwt = await withSecrets(() => live.examine({}, ['--yes', '--json']));
      for (const { run, secrets } of [opaque, jwt]) {
        expect(run.code).toBe(0);
        expect(secrets.size).toBeGreaterThan(15);
        const own = [live.emulator.secretKey, live.emulator.publishableKey, live.emulator.url];
        const people = live.emulator.accounts.flatMap(({ id, emailAddress }) => [id, emailAddress]);
        for (const secret of [...secrets, ...own, ...people]) {
          expect(run.text.includes(secret), `file: ${secret}`).toBe(false);
          expect(run.stdout.includes(secret), `output: ${secret}`).toBe(false);
        }
      }
      expect(jwt.run.stdout).toBe(jwt.run.text);
      expect(applicationsLeft(live.emulator)).toEqual([]);
    },
    LIMIT,
  );

  it(
    'answers every open question',
    async () => {
      const live = await liveUnderTest({ accessTokenFormat: 'opaque' });
      const opaque = await live.examine();
      live.emulator.configure({ accessTokenFormat: 'jwt' });
      const jwt = await live.examine();
      expect(jwt.content.answers).toHaveLength(12);
      for (const [index, { question, answer }] of jwt.content.answers.entries()) {
        const answers = [answer, opaque.content.answers[index]?.answer];
        expect(answers, question).not.toEqual(['not seen in this run', 'not seen in this run']);
        expect(jwt.stdout).toContain(question);
      }
      expect(opaque.content.answers[4]?.answer).toMatch(/^aud in the verification: array;/);
      expect(opaque.content.answers[5]?.answer).toBe('the access token is opaque');
      expect(jwt.content.answers[4]?.answer).toMatch(/^aud: string;/);
      expect(opaque.content.answers[1]?.answer).toMatch(
        /before: 200; revocation: accepted; after: 200 with revoked:true; expiration in seconds/,
      );
      // The SDK ignores the flag of a revoked token.
      expect(opaque.content.facts).toMatchObject({
        verdicts: { 'revoked access token': { ours: 'refuses', sdk: 'accepts' } },
      });
      expect(jwt.content.facts).toMatchObject({
        accessToken: { typ: 'at+jwt', lifetimeSeconds: 86_400 },
        redirects: { '127.0.0.1': 'accepted', '[::1]': 'accepted', localhost: 'refused' },
        stepUp: { public_metadata: 'invalid_scope', 'user:org:read': 'invalid_scope' },
        verdicts: {
          'access token': { ours: 'accepts', sdk: 'accepts' },
          'access token for another resource': { ours: 'refuses', sdk: 'refuses' },
        },
      });
    },
    LIMIT,
  );

  it.each(['open', 'creation', 'replay'])(
    'deletes what it made when it is stopped: %s',
    async (moment) => {
      const live = await liveUnderTest({ refreshTokenGraceMs: 60_000 });
      const stop = new AbortController();
      const { fetch } = globalThis;
      const spy = vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
        const isCreation = String(url).endsWith('/v1/oauth_applications');
        if (moment === 'creation' && isCreation && init?.method === 'POST') stop.abort();
        return fetch(url, init);
      });
      onTestFinished(() => spy.mockRestore());
      const run = await live.examine({
        stopped: stop.signal,
        ...(moment === 'open' && { open: () => stop.abort() }),
        ...(moment === 'replay' && { wait: async () => stop.abort() }),
      });
      expect(run.code).toBe(1);
      expect(run.stderr).toContain('What it had created is deleted.');
      expect(run.stdout).toBe('');
      expect(run.text).toBe('{}');
      expect(stop.signal.aborted).toBe(true);
      expect(applicationsLeft(live.emulator)).toEqual([]);
    },
    LIMIT,
  );

  it(
    'deletes an application whose creation got lost, and says what it cannot delete',
    async () => {
      const live = await liveUnderTest();
      const lost = await replacing('/v1/oauth_applications', 'POST', () => live.examine(), 'after');
      expect(checkOf(lost, 'live-application')?.status).toBe('failure');
      expect(applicationsLeft(live.emulator)).toEqual([]);
      const kept = await replacing(
        '/v1/oauth_applications/',
        'DELETE',
        () => live.examine(),
        'not',
      );
      expect(kept.code).toBe(1);
      expect(kept.stderr).toMatch(
        /Not deleted: an OAuth application named "nestjs-clerk-mcp doctor/,
      );
      expect(applicationsLeft(live.emulator)).not.toEqual([]);
    },
    LIMIT,
  );

  it(
    'goes on when the person denies, and when nobody signs in',
    async () => {
      const live = await liveUnderTest();
      const open = (url: string) =>
        void walk(live.emulator.url, url, { consented: 'false' }).catch(() => undefined);
      const denied = await live.examine({ open });
      expect(denied.code).toBe(1);
      expect(checkOf(denied, 'live-sign-in')?.message).toBe('The sign-in got access_denied');
      expect(denied.content.switches).toMatchObject({ loopbackRedirects: 'any_port' });
      const alone = await live.examine({ open: () => undefined }, ['--yes', '--wait', '1']);
      expect(checkOf(alone, 'live-sign-in')?.message).toMatch(/nobody signed in within 1 seconds/);
      expect(alone.content.notSeen['scopeClaim']).toBe('The check that shows it did not end.');
      expect(alone.stdout).toMatch(
        /scopeClaim, audienceClaim, .*\n +The check that shows it did not end\./,
      );
      expect(applicationsLeft(live.emulator)).toEqual([]);
    },
    LIMIT,
  );

  it('prints the URL of the sign-in, and opens no browser if that is not wanted', async () => {
    const live = await liveUnderTest();
    const open = vi.fn();
    const args = ['--yes', '--no-browser', '--wait', '1'];
    const { stderr } = await live.examine({ open }, args);
    expect(stderr).toContain(`${live.emulator.url}/oauth/authorize?response_type=code`);
    expect(open).not.toHaveBeenCalled();
  });

  it(
    'takes no response from another page, host or method',
    async () => {
      const live = await liveUnderTest();
      const seen: unknown[] = [];
      const open = async (url: string) => {
        const callback = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
        seen.push((await fetch(`${callback.href}?code=x&state=guessed`)).status);
        seen.push((await fetch(`${callback.href}?code=x`)).status);
        seen.push((await fetch(callback, { method: 'POST' })).status);
        seen.push((await fetch(`${callback.origin}/other`)).status);
        const headers = { host: 'evil.example' };
        const foreign = request(callback, { headers });
        foreign.end();
        const [response] = (await once(foreign, 'response')) as [{ statusCode: number }];
        seen.push(response.statusCode);
        await walk(live.emulator.url, url);
      };
      const run = await live.examine({ open: (url) => void open(url) });
      expect(seen).toEqual([400, 400, 404, 404, 404]);
      expect(run.code).toBe(0);
    },
    LIMIT,
  );
});

/** Runs, and collects every token, code, secret and id that was sent or received. */
async function withSecrets<T>(run: () => Promise<T>): Promise<{ run: T; secrets: Set<string> }> {
  const secrets = new Set<string>();
  const collect = (value: unknown, name = ''): void => {
    if (typeof value === 'string') {
      if (NAMES.test(name) && value.length > 5) secrets.add(value);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) collect(member, key);
    }
  };
  const { fetch } = globalThis;
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const { body } = init ?? {};
    collect(Object.fromEntries(new URL(String(url)).searchParams));
    if (body instanceof URLSearchParams) collect(Object.fromEntries(body));
    if (typeof body === 'string') collect(JSON.parse(body));
    const response = await fetch(url, init);
    const text = await response.clone().text();
    if (text.startsWith('{')) collect(JSON.parse(text));
    return response;
  });
  try {
    return { run: await run(), secrets };
  } finally {
    spy.mockRestore();
  }
}

const NAMES =
  /^(access_token|refresh_token|id_token|token|code|code_verifier|code_challenge|state|client_secret|client_id|id|sub|subject|user_id|instance_id|email)$/;
