import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withLimits } from '../support/limits.js';
import { LogRecorder } from '../support/log-recorder.js';
import { callTool, ERAS, type Answer, type SendOptions } from '../support/mcp-request.js';
import { accessToken, ADA, GRACE } from '../support/people.js';
import { startService, type TestService } from '../support/service.js';

const PUBLIC_CLIENT = 'emulatorLocalApp';
const LIMIT = 4;
const ERROR = 'nestjs-clerk-mcp/error';

let service: TestService;
let log: LogRecorder;
beforeEach(async () => {
  service = await startService({
    env: { TRUST_PROXY: 'loopback' },
    override: withLimits({
      refreshesPerCaller: LIMIT,
      maxConcurrentRefreshes: 3,
      timeoutMs: 3_000,
    }),
  });
  log = LogRecorder.install();
});
afterEach(async () => {
  LogRecorder.remove();
  vi.useRealTimers();
  await service.stop();
});

const grant = async () => {
  const tokens = await service.clerk.issue.oauthTokens({ user: ADA, resource: service.url });
  return tokens.refresh_token ?? '';
};
const refresh = (refreshToken: string, options: SendOptions = {}) =>
  callTool(service.url, 'refreshToken', { refreshToken, clientId: PUBLIC_CLIENT }, options);
const asked = () => service.clerk.counters.ofGroup('token');
const tokensOf = ({ body }: Answer) => body.result?.structuredContent;
const errorOf = ({ body }: Answer) =>
  (body.result?.['_meta'] as Record<string, unknown> | undefined)?.[ERROR];

describe('refreshToken', () => {
  it.each(ERAS)('gives one answer to all who send one token at once, %s era', async (era) => {
    const token = await grant();
    service.clerk.counters.reset();
    service.clerk.faults.set('token', { kind: 'slow', milliseconds: 1_000 });
    const answers = await Promise.all([1, 2, 3].map(() => refresh(token, { era })));
    expect(new Set(answers.map((answer) => tokensOf(answer)?.['refresh_token'])).size).toBe(1);
    expect(answers.map(tokensOf)[0]).toMatchObject({ token_type: 'Bearer' });
    expect(asked()).toBe(1);
  });

  it.each(ERAS)('gives nobody a token twice: reuse has a code of its own, %s era', async (era) => {
    const token = await grant();
    const first = await refresh(token, { era });
    expect(tokensOf(first)).toBeDefined();
    const again = await refresh(token, { era });
    expect(again.body.result?.isError).toBe(true);
    expect(tokensOf(again)).toBeUndefined();
    expect(errorOf(again)).toEqual({ code: 'invalid_grant' });
    expect(again.text).not.toContain(String(tokensOf(first)?.['access_token']));
  });

  it('says by its code what is wrong', async () => {
    expect(errorOf(await refresh('made-up'))).toEqual({ code: 'invalid_grant' });
    const args = { refreshToken: await grant(), clientId: 'unknown' };
    const foreign = await callTool(service.url, 'refreshToken', args);
    expect(errorOf(foreign)).toEqual({ code: 'invalid_client' });
    const bare = await callTool(service.url, 'refreshToken', { refreshToken: 'x' });
    expect(errorOf(bare)).toEqual({ code: 'client_id_required' });
    service.clerk.faults.set('token', { kind: 'status', status: 503 });
    expect(errorOf(await refresh(await grant()))).toMatchObject({ code: 'unavailable' });
  });

  it('takes so many tokens of one caller in a minute, good or bad, and tells when to come again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const token = await grant();
    service.clerk.counters.reset();
    for (let at = 0; at < LIMIT; at += 1) await refresh(`bad-${at}`, from('203.0.113.1'));
    expect(asked()).toBe(LIMIT);
    const refused = await refresh(token, from('203.0.113.1'));
    expect(refused.body.result?.isError).toBe(true);
    expect(errorOf(refused)).toEqual({ code: 'too_many_requests', retryAfter: 61 });
    expect(asked()).toBe(LIMIT);

    // Others go on: another address, and a signed-in caller at the same one.
    expect(tokensOf(await refresh(await grant(), from('203.0.113.2')))).toBeDefined();
    const ada = { token: await accessToken(service), ...from('203.0.113.1') };
    expect(tokensOf(await refresh(await grant(), ada))).toBeDefined();

    vi.advanceTimersByTime(61_000);
    expect(tokensOf(await refresh(token, from('203.0.113.1')))).toBeDefined();
  });

  it('asks Clerk about so many tokens at a time', async () => {
    service.clerk.faults.set('token', { kind: 'slow', milliseconds: 1_500 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        refresh(`bad-${at}`, { headers: { 'x-forwarded-for': `203.0.113.${at}` } }),
      ),
    );
    expect(service.clerk.counters.ofGroup('token')).toBe(3);
    const codes = answers.map((answer) => (errorOf(answer) as { code: string }).code);
    expect(codes.filter((code) => code === 'unavailable')).toHaveLength(5);
  });

  it('writes nothing of any token into the log, whatever happens', async () => {
    const secrets = new Set<string>();
    const used = await grant();
    const headers = (at: number) => ({ headers: { 'x-forwarded-for': `203.0.113.${at}` } });
    const renewed = tokensOf(await refresh(used, headers(1))) ?? {};
    for (const name of ['access_token', 'refresh_token', 'id_token']) {
      if (typeof renewed[name] === 'string') secrets.add(renewed[name]);
    }
    await refresh(used, headers(2));
    for (const [at, fault] of FAULTS.entries()) {
      const token = await grant();
      secrets.add(token);
      service.clerk.faults.set('token', fault);
      const grace = await accessToken(service, { user: GRACE });
      const answer = await refresh(token, { token: grace, ...headers(3 + at) });
      expect(answer.body.result?.isError).toBe(true);
      expect(answer.text).not.toContain(token);
      service.clerk.faults.clear();
    }
    secrets.add(used);
    expect(secrets.size).toBeGreaterThan(FAULTS.length);
    new Logger('test').debug('the log is kept');
    expect(log.text).toContain('the log is kept');
    for (const secret of secrets) expect(log.text).not.toContain(secret);
  });
});

const FAULTS = [
  { kind: 'hang' },
  { kind: 'reset' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 400 },
] as const;
