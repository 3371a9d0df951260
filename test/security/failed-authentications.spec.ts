import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  FailedAuthentications,
  type InProcessFailedAuthentications,
} from '../../src/clerk/http/failed-authentications.js';
import { RequestAuthenticator } from '../../src/clerk/http/request-authenticator.js';
import { VerdictCache, type InProcessVerdictCache } from '../../src/clerk/tokens/verdict-cache.js';
import { runs } from '../support/runs.js';
import type { ClerkLimits } from '../../src/clerk/clerk-limits.js';
import { withLimits } from '../support/limits.js';
import { callTool, ERAS, initialize, send, type Answer } from '../support/mcp-request.js';
import { accessToken, ADA, GRACE, opaqueToken, seconds, userIdOf } from '../support/people.js';
import {
  expectEcho,
  expectInvalidToken,
  expectUnauthorized,
  expectUnavailable,
} from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const LIMIT = 5;

let service: TestService;
afterEach(async () => {
  vi.useRealTimers();
  await service.stop();
});

interface Setup {
  readonly limits?: Partial<ClerkLimits>;
  readonly trustProxy?: string;
}

async function start({ limits = {}, trustProxy = 'loopback' }: Setup = {}): Promise<void> {
  service = await startService({
    env: { AUTH_FAILURE_LIMIT: String(LIMIT), TRUST_PROXY: trustProxy },
    // However slow a flood makes Clerk's answers: they come.
    override: withLimits({ timeoutMs: 60_000, ...limits }),
  });
}

const from = (address: string) => ({ 'x-forwarded-for': address });
const echo = (token: string, address = '203.0.113.1') =>
  callTool(service.url, 'echo', { message: 'hi' }, { token, headers: from(address) });
const madeUp = () => `oat_${randomBytes(16).toString('hex')}`;
const asked = () => service.clerk.counters.ofGroup('verify');

/** Fails as often as an address may. */
async function useUp(address = '203.0.113.1'): Promise<void> {
  for (let at = 0; at < LIMIT; at += 1) expectInvalidToken(await echo('bad', address), service);
}

function expectTooMany(answer: Answer): void {
  expect(answer.status).toBe(429);
  expect(answer.body).toEqual({
    error: 'too_many_requests',
    error_description: expect.stringMatching(/^Too many requests\. Try again in \d+ seconds\.$/),
  });
  const retryAfter = Number(answer.headers.get('retry-after'));
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(61);
  expect(answer.headers.get('www-authenticate')).toBeNull();
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('mcp-session-id')).toBeNull();
}

describe('Failed authentications of an address', () => {
  it.each(ERAS)('are answered 429 past their limit, %s era', async (era) => {
    await start();
    await useUp();
    const options = { era, token: 'bad', headers: from('203.0.113.1') };
    expectTooMany(await callTool(service.url, 'echo', { message: 'hi' }, options));
    expectTooMany(await send(service.url, 'tools/list', {}, options));
    expectTooMany(await initialize(service.url, options));
  });

  it('are counted whatever is wrong with the token', async () => {
    await start();
    const [head = '', payload = ''] = (await accessToken(service)).split('.');
    const bad = [
      'junk',
      `${head}.${payload}.${'A'.repeat(342)}`,
      await accessToken(service, { header: { kid: 'ins_unknown' } }),
      await accessToken(service, { resource: 'https://elsewhere.example.com/mcp' }),
      madeUp(),
    ];
    for (const token of bad) expectInvalidToken(await echo(token), service);
    expectTooMany(await echo('junk'));
  });

  it('are counted with and without a slash at the end of the path', async () => {
    await start();
    const slashed = (token: string) =>
      callTool(
        `${service.url}/`,
        'echo',
        { message: 'hi' },
        { token, headers: from('203.0.113.1') },
      );
    for (let at = 0; at < LIMIT; at += 1) {
      expectInvalidToken(await (at % 2 === 0 ? slashed : echo)('bad'), service);
    }
    expectTooMany(await slashed('bad'));
    expectTooMany(await echo('bad'));
  });

  it('are forgotten when their time is over', async () => {
    await start();
    vi.useFakeTimers({ toFake: ['Date'] });
    await useUp();
    const refused = await echo('bad');
    expectTooMany(refused);
    vi.advanceTimersByTime((Number(refused.headers.get('retry-after')) - 2) * 1_000);
    expectTooMany(await echo('bad'));
    vi.advanceTimersByTime(2_001);
    expectInvalidToken(await echo('bad'), service);
  });

  it('of one address are not those of another', async () => {
    await start();
    await useUp();
    expectInvalidToken(await echo('bad', '203.0.113.2'), service);
    expectTooMany(await echo('bad', '203.0.113.1'));
  });

  it('are counted for the network of an IPv6 address', async () => {
    await start();
    for (let at = 0; at < LIMIT; at += 1) {
      expectInvalidToken(await echo('bad', `2001:db8:1:2::${at}`), service);
    }
    expectTooMany(await echo('bad', '2001:db8:1:2:ffff::1'));
    expectInvalidToken(await echo('bad', '2001:db8:1:3::1'), service);
  });

  it('cannot be spread over addresses that a client makes up', async () => {
    await start({ trustProxy: '192.0.2.1' });
    for (let at = 0; at < LIMIT; at += 1) {
      expectInvalidToken(await echo('bad', `203.0.113.${at}`), service);
    }
    expectTooMany(await echo('bad', '203.0.113.99'));
  });

  it('of one caller behind a proxy that nobody trusts do not lock the others out', async () => {
    await start({ trustProxy: '192.0.2.1' });
    for (let at = 0; at < LIMIT; at += 1) {
      expectInvalidToken(await echo('bad', '203.0.113.1'), service);
    }
    expectTooMany(await echo('bad', '203.0.113.1'));
    const token = await opaqueToken(service);
    expect((await echo(token, '203.0.113.2')).status).toBe(200);
  });

  it('of all callers behind such a proxy are bounded together', async () => {
    await start({ trustProxy: '192.0.2.1' });
    for (let at = 0; at < 4 * LIMIT; at += 1) {
      expectInvalidToken(await echo('bad', `203.0.113.${at % (LIMIT - 1)}`), service);
    }
    expectTooMany(await echo('bad', '203.0.113.200'));
  });

  it('count no request without a token, no expired token and no missing scope', async () => {
    await start();
    const expired = await accessToken(service, { claims: { exp: seconds(-60) } });
    for (let at = 0; at <= LIMIT; at += 1) {
      expectInvalidToken(await echo(expired), service, 'token_expired');
      const anonymous = { headers: from('203.0.113.1') };
      expectUnauthorized(await callTool(service.url, 'echo', {}, anonymous), service);
    }
    expectInvalidToken(await echo('bad'), service);
  });
});

describe('An address past its limit', () => {
  it('is open for good tokens, for those who want to sign in, and for expired ones', async () => {
    await start({ limits: { opaqueVerdictTtlMs: 0 } });
    const seen = await opaqueToken(service, { user: GRACE });
    expectEcho(await echo(seen), userIdOf(service, GRACE));
    await useUp();
    expectTooMany(await echo('bad'));

    // A JWT that nobody has seen, and an opaque token whose verdict is over.
    expectEcho(await echo(await accessToken(service)), userIdOf(service, ADA));
    expectEcho(await echo(seen), userIdOf(service, GRACE));
    const anonymous = { headers: from('203.0.113.1') };
    expectUnauthorized(await callTool(service.url, 'echo', {}, anonymous), service);
    const expired = await accessToken(service, { claims: { exp: seconds(-60) } });
    expectInvalidToken(await echo(expired), service, 'token_expired');
  });

  it('makes an opaque token that was never seen wait, and not elsewhere', async () => {
    await start();
    vi.useFakeTimers({ toFake: ['Date'] });
    const token = await opaqueToken(service);
    await useUp();
    service.clerk.counters.reset();
    expectTooMany(await echo(token));
    expect(asked()).toBe(0);
    expectEcho(await echo(token, '203.0.113.2'), userIdOf(service, ADA));
    expectEcho(await echo(token), userIdOf(service, ADA));

    const other = await opaqueToken(service, { user: GRACE });
    vi.advanceTimersByTime(61_000);
    expectEcho(await echo(other), userIdOf(service, GRACE));
  });
});

describe('2,000 distinct opaque tokens that are made up', () => {
  const CONCURRENT = 20;
  /** The verdict of a good token outlives the flood. */
  const LASTING = { opaqueVerdictTtlMs: 600_000 };

  it('cost a bounded number of questions to Clerk when one address sends them', async () => {
    await start({ limits: LASTING });
    vi.useFakeTimers({ toFake: ['Date'] });
    const good = await opaqueToken(service);
    expectEcho(await echo(good), userIdOf(service, ADA));
    service.clerk.counters.reset();
    let told = 0;
    await flood(runs(2_000), async (at) => {
      // One in ten over HTTP: what is asked is up to what the guard asks.
      if (at % 10 > 0) return expect(authenticate(madeUp(), '203.0.113.1')).rejects.toThrow();
      const answer = await echo(madeUp());
      if (answer.status === 401) told += 1;
      // More than may be asked about at a time.
      else if (answer.status === 503) expectUnavailable(answer);
      else expectTooMany(answer);
    });
    expect(asked()).toBeGreaterThanOrEqual(LIMIT);
    expect(asked()).toBeLessThanOrEqual(LIMIT + CONCURRENT);
    expect(told).toBeLessThanOrEqual(LIMIT + CONCURRENT);
    expectEcho(await echo(good), userIdOf(service, ADA));
  });

  it('cost that and a bounded memory when as many addresses send them', async () => {
    const limits = { ...LASTING, maxUnknownTokens: 50, maxAddresses: 100, maxVerdicts: 40 };
    await start({ limits });
    vi.useFakeTimers({ toFake: ['Date'] });
    const good = await opaqueToken(service);
    expectEcho(await echo(good), userIdOf(service, ADA));
    const fresh = await opaqueToken(service, { user: GRACE });
    const jwt = await accessToken(service);
    service.clerk.counters.reset();
    await flood(runs(2_000), async (at) => {
      const address = `10.0.${at >> 8}.${at & 255}`;
      if (at % 10 === 0) return void (await echo(madeUp(), address));
      await expect(authenticate(madeUp(), address)).rejects.toThrow();
    });
    expect(asked()).toBeGreaterThanOrEqual(limits.maxUnknownTokens);
    expect(asked()).toBeLessThanOrEqual(limits.maxUnknownTokens + CONCURRENT);

    const failures = get<InProcessFailedAuthentications>(FailedAuthentications);
    expect(failures.size).toBeLessThanOrEqual(limits.maxAddresses);
    const verdicts = get<InProcessVerdictCache>(VerdictCache);
    expect(verdicts.size).toBeLessThanOrEqual(2 * limits.maxVerdicts);

    expectEcho(await echo(good), userIdOf(service, ADA));
    expectEcho(await echo(jwt), userIdOf(service, ADA));
    expectUnavailable(await echo(fresh));
    vi.advanceTimersByTime(61_000);
    expectEcho(await echo(fresh), userIdOf(service, GRACE));
  });

  const authenticate = (token: string, ip: string) =>
    service.app
      .get(RequestAuthenticator)
      .authenticate({ ip, headers: { authorization: `Bearer ${token}` } });

  const get = <T>(token: abstract new () => object): T =>
    service.app.get(token, { strict: false }) as T;
});

/** Runs a task many times, 40 at a time. */
async function flood(times: number, task: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < times; at = next++) await task(at);
  };
  await Promise.all(Array.from({ length: 40 }, worker));
}
