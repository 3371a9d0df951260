import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenVerifier } from '../../src/clerk/tokens/token-verifier.js';
import { VerdictCache, type InProcessVerdictCache } from '../../src/clerk/tokens/verdict-cache.js';
import { runs } from '../support/runs.js';
import { withLimits } from '../support/limits.js';
import { callTool, type Answer } from '../support/mcp-request.js';
import { accessToken, ADA, GRACE, opaqueToken, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken, expectUnavailable } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const MAX_VERDICTS = 200;

let service: TestService;
beforeEach(async () => {
  service = await startService({
    override: withLimits({
      maxVerdicts: MAX_VERDICTS,
      opaqueVerdictTtlMs: 600_000,
      timeoutMs: 30_000,
    }),
  });
});
afterEach(() => service.stop());

const echo = (token: string) => callTool(service.url, 'echo', { message: 'hi' }, { token });
const fetches = () => service.clerk.counters.ofGroup('jwks');

describe('A cold start', () => {
  it('with 50 callers at once fetches the keys once', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, at) => accessToken(service, { expiresInSeconds: 600 + at })),
    );
    const answers = await Promise.all(tokens.map(echo));
    for (const answer of answers) expectEcho(answer, userIdOf(service, ADA));
    expect(fetches()).toBe(1);
  });
});

describe('A flood of unknown key ids', () => {
  it('causes one more fetch of the keys, not one each', async () => {
    expectEcho(await echo(await accessToken(service)), userIdOf(service, ADA));
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        accessToken(service, { header: { kid: `ins_${at}` } }),
      ),
    );
    const answers = await Promise.all(tokens.map(echo));
    for (const answer of answers) expectInvalidToken(answer, service);
    expect(fetches()).toBe(2);
  });

  it('does the same to a service that has no keys yet', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, at) => accessToken(service, { header: { kid: `ins_${at}` } })),
    );
    for (const token of tokens) expectInvalidToken(await echo(token), service);
    expect(fetches()).toBeLessThanOrEqual(2);
    expectEcho(await echo(await accessToken(service)), userIdOf(service, ADA));
  });
});

describe('2,000 distinct bad tokens', () => {
  it('cost a bounded number of questions to Clerk and a bounded memory', async () => {
    const good = await accessToken(service);
    const goodOpaque = await opaqueToken(service, { user: GRACE });
    expectEcho(await echo(good), userIdOf(service, ADA));
    expectEcho(await echo(goodOpaque), userIdOf(service, GRACE));
    service.clerk.counters.reset();

    const [head = '', payload = ''] = good.split('.');
    const verifier = service.app.get(TokenVerifier, { strict: false });
    await flood(runs(2_000), async (at) => {
      const signature = createHash('sha256').update(String(at)).digest('base64url');
      const token = at % 4 === 0 ? `${head}.${payload}.${signature}` : `bad-${at}`;
      // One in ten over HTTP: what is asked and what is kept is up to the verifier.
      if (at % 10 === 0) return expectInvalidToken(await echo(token), service);
      await expect(verifier.verify(token)).rejects.toThrow('invalid_token');
    });
    expect(service.clerk.counters.all()).toEqual({});
    expect(verdicts().size).toBeLessThanOrEqual(2 * MAX_VERDICTS);

    expectEcho(await echo(good), userIdOf(service, ADA));
    expectEcho(await echo(goodOpaque), userIdOf(service, GRACE));
    expect(service.clerk.counters.ofGroup('verify')).toBe(0);
  });

  it('that are opaque take 20 questions at a time, and the rest are asked to wait', async () => {
    // All have to come while the first ones wait.
    service.clerk.faults.set('verify', { kind: 'slow', milliseconds: 5_000 });
    const tokens = Array.from({ length: 60 }, () => `oat_${randomBytes(16).toString('hex')}`);
    const answers = await Promise.all(tokens.map(echo));
    const told = answers.filter(({ status }) => status === 401);
    expect(told).toHaveLength(20);
    expect(service.clerk.counters.ofGroup('verify')).toBe(20);
    for (const answer of answers) {
      if (answer.status === 401) expectInvalidToken(answer, service);
      else expectUnavailable(answer);
    }
  });

  it('that are one and the same opaque token cost one question', async () => {
    const answers: Answer[] = [];
    await flood(200, async () => void answers.push(await echo('oat_alwaysTheSame')));
    for (const answer of answers) expectInvalidToken(answer, service);
    expect(service.clerk.counters.ofGroup('verify')).toBe(1);
  });

  const verdicts = () => service.app.get<InProcessVerdictCache>(VerdictCache, { strict: false });
});

describe('A rotation of the keys', () => {
  it('is picked up at the first token of the new key, and the old ones go on', async () => {
    const before = await accessToken(service);
    expectEcho(await echo(before), userIdOf(service, ADA));
    await service.clerk.keys.rotate();
    const after = await accessToken(service, { user: GRACE });
    expectEcho(await echo(after), userIdOf(service, GRACE));
    expectEcho(await echo(before), userIdOf(service, ADA));
    expect(fetches()).toBe(2);
  });

  it('that drops the old key ends the tokens of it, verified before or not', async () => {
    const before = await accessToken(service);
    expectEcho(await echo(before), userIdOf(service, ADA));
    await service.clerk.keys.rotate(false);
    expectEcho(await echo(await accessToken(service)), userIdOf(service, ADA));
    expectInvalidToken(await echo(before), service);
  });
});

describe('Keys that are past their time', () => {
  it('serve on while Clerk is away', async () => {
    const stale = await startService({
      override: withLimits({ keysTtlMs: 0, failureCoolDownMs: 0 }),
    });
    const call = async (user: string) =>
      callTool(stale.url, 'echo', { message: 'hi' }, { token: await accessToken(stale, { user }) });
    expectEcho(await call(ADA), userIdOf(stale, ADA));
    stale.clerk.faults.set('jwks', { kind: 'reset' });
    expectEcho(await call(GRACE), userIdOf(stale, GRACE));
    expect(stale.clerk.counters.ofGroup('jwks')).toBeGreaterThan(1);
    await stale.stop();
  });
});

/** Runs a task many times, 40 at a time. */
async function flood(times: number, task: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < times; at = next++) await task(at);
  };
  await Promise.all(Array.from({ length: 40 }, worker));
}
