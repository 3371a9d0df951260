import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLimits } from '../support/limits.js';
import { callTool } from '../support/mcp-request.js';
import { accessToken, opaqueToken } from '../support/people.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeEach(async () => {
  service = await startService({
    override: withLimits({ timeoutMs: 1_000, failureCoolDownMs: 0 }),
  });
});
afterEach(() => service.stop());

const probe = async (path: 'live' | 'ready') => {
  const response = await fetch(`${service.baseURL}/health/${path}`);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return { status: response.status, body: (await response.json()) as unknown };
};
const OK = { status: 200, body: { status: 'ok' } };
const degraded = (clerk: string) => ({ status: 200, body: { status: 'ok', clerk } });
const notReady = (clerk: string) => ({ status: 503, body: { status: 'error', clerk } });

describe('GET /health/live', () => {
  it('says yes, whatever happens to Clerk', async () => {
    expect(await probe('live')).toEqual(OK);
    service.clerk.faults.set('all', { kind: 'hang' });
    expect(await probe('live')).toEqual(OK);
  });

  it('is at /health as well, where many platforms look', async () => {
    const response = await fetch(`${service.baseURL}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });
});

describe('GET /health/ready', () => {
  it('says yes where callers can be authenticated', async () => {
    expect(await probe('ready')).toEqual(OK);
  });

  it.each([
    { kind: 'hang' } as const,
    { kind: 'reset' } as const,
    { kind: 'status', status: 500 } as const,
  ])('says no while Clerk was never reached ($kind), and yes once it is', async (fault) => {
    service.clerk.faults.set('jwks', fault);
    expect(await probe('ready')).toEqual(notReady('unavailable'));
    service.clerk.faults.clear();
    expect(await probe('ready')).toEqual(OK);
  });

  it('says yes through an outage that cached keys bridge', async () => {
    expect(await probe('ready')).toEqual(OK);
    service.clerk.faults.set('all', { kind: 'reset' });
    expect(await probe('ready')).toEqual(OK);
  });

  it('says no with a wrong secret key', async () => {
    service.clerk.faults.set('jwks', { kind: 'wrong_secret' });
    expect(await probe('ready')).toEqual(notReady('misconfigured'));
  });

  it('says yes, and what is amiss, once Clerk takes the secret key back', async () => {
    expect(await probe('ready')).toEqual(OK);
    service.clerk.faults.set('all', { kind: 'wrong_secret' });
    await callTool(service.url, 'echo', { message: 'hi' }, { token: await opaqueToken(service) });
    // A caller whose token is known goes on: without any instance that is ready, nobody would.
    expect(await probe('ready')).toEqual(degraded('misconfigured'));
    service.clerk.faults.clear();
    await callTool(service.url, 'echo', { message: 'hi' }, { token: await opaqueToken(service) });
    expect(await probe('ready')).toEqual(OK);
  });

  it('comes back by itself when nobody calls with an opaque token any more', async () => {
    await callTool(service.url, 'echo', { message: 'hi' }, { token: await accessToken(service) });
    service.clerk.faults.set('verify', { kind: 'wrong_secret' }, 1);
    await callTool(service.url, 'echo', { message: 'hi' }, { token: await opaqueToken(service) });
    service.clerk.faults.clear();
    // An orchestrator sends no callers to an instance that is not ready: only the probe is left.
    expect(await probe('ready')).toEqual(OK);
  });

  it('asks Clerk next to nothing', async () => {
    for (let turn = 0; turn < 20; turn += 1) await probe('ready');
    expect(service.clerk.counters.ofGroup('jwks')).toBe(1);
  });

  it('needs no token, and is judged by a bad one neither', async () => {
    const headers = { authorization: 'Bearer x' };
    expect((await fetch(`${service.baseURL}/health/ready`, { headers })).status).toBe(200);
  });
});
