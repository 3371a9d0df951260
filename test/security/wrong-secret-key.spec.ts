import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLimits } from '../support/limits.js';
import { LogRecorder } from '../support/log-recorder.js';
import { callTool, ERAS } from '../support/mcp-request.js';
import { accessToken, ADA, opaqueToken, userIdOf } from '../support/people.js';
import { expectEcho, expectMisconfigured } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const WRONG = 'sk_test_thisKeyIsNotTheOneOfTheInstance';

let service: TestService;
let log: LogRecorder;
beforeEach(async () => {
  service = await startService({
    env: { CLERK_SECRET_KEY: WRONG },
    override: withLimits({ failureCoolDownMs: 0 }),
  });
  log = LogRecorder.install();
});
afterEach(async () => {
  LogRecorder.remove();
  await service.stop();
});

const kinds = [
  { kind: 'a JWT', mint: () => accessToken(service) },
  { kind: 'an opaque token', mint: () => opaqueToken(service) },
];

describe('With a wrong secret key', () => {
  it.each(kinds)('$kind is answered 500 and not 401, in both eras', async ({ mint }) => {
    const token = await mint();
    for (const era of ERAS) {
      expectMisconfigured(await callTool(service.url, 'echo', { message: 'hi' }, { era, token }));
    }
  });

  it.each(kinds)('the log says loudly what to set, once, and no key ($kind)', async ({ mint }) => {
    const token = await mint();
    for (let turn = 0; turn < 5; turn += 1) {
      await callTool(service.url, 'echo', { message: 'hi' }, { token });
    }
    const loud = log.lines.filter((line) => line.startsWith('error'));
    expect(loud).toHaveLength(1);
    expect(loud[0]).toContain('CLERK_SECRET_KEY');
    for (const secret of [WRONG, service.clerk.secretKey, token]) {
      expect(log.text).not.toContain(secret);
    }
  });

  it('nobody is told about it by an open tool', async () => {
    const answer = await callTool(service.url, 'getAuthInfo');
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('sk_');
  });
});

describe('A secret key that Clerk takes again', () => {
  it('lets everybody in without a restart', async () => {
    const rightful = await startService({ override: withLimits({ failureCoolDownMs: 0 }) });
    const tokens = [await accessToken(rightful), await opaqueToken(rightful)];
    rightful.clerk.faults.set('all', { kind: 'wrong_secret' });
    for (const token of tokens) {
      expectMisconfigured(await callTool(rightful.url, 'echo', { message: 'hi' }, { token }));
    }
    rightful.clerk.faults.clear();
    for (const token of tokens) {
      const answer = await callTool(rightful.url, 'echo', { message: 'hi' }, { token });
      expectEcho(answer, userIdOf(rightful, ADA));
    }
    await rightful.stop();
  });
});
