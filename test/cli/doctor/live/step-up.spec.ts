import { describe, expect, it } from 'vitest';
import { answersOf } from '../../../../src/cli/doctor/live/answers.js';
import { checkStepUp } from '../../../../src/cli/doctor/live/check-step-up.js';
import { Findings } from '../../../../src/cli/doctor/live/findings.js';
import { LiveInstance } from '../../../../src/cli/doctor/live/live-instance.js';
import { Secrets } from '../../../../src/cli/secrets.js';
import { SignInListener } from '../../../../src/cli/sign-in-listener.js';
import { createProbe } from '../../../../src/cli/probe.js';
import { resolveClerkOptions } from '../../../../src/clerk/resolve-clerk-options.js';
import type { ClerkEmulatorOptions } from '../../../../src/emulator/index.js';
import { liveUnderTest, walk } from './live-under-test.js';

describe('doctor --live asks for more scopes than a client registered', () => {
  it.each([
    [
      'profile email public_metadata user:org:read',
      {},
      { public_metadata: 'granted', 'user:org:read': 'granted, with an organization' },
    ],
    [
      'profile public_metadata user:org:read',
      { accessTokenFormat: 'opaque' },
      { public_metadata: 'granted', 'user:org:read': 'granted' },
    ],
    [
      'profile public_metadata',
      {},
      { public_metadata: 'granted', 'user:org:read': 'invalid_scope' },
    ],
    ['profile', {}, { public_metadata: 'invalid_scope', 'user:org:read': 'invalid_scope' }],
  ] as const)('a client with %s at %j', async (scopes, options, expected) => {
    const findings = await stepUp(scopes, options);
    expect(findings.facts.stepUp).toEqual(expected);
    const [check] = findings.checks;
    const last = answersOf(findings.facts).at(-1)?.answer;
    for (const [scope, result] of Object.entries(expected)) {
      expect(check?.message).toContain(`${scope}: ${result}`);
      expect(last).toContain(`${scope}: ${result}`);
    }
  });

  it('and the person denies', async () => {
    const findings = await stepUp('profile public_metadata', {}, 'false');
    expect(findings.facts.stepUp).toMatchObject({ public_metadata: 'access_denied' });
  });
});

/** Examines a client of these scopes, as an instance that grants more than a client registered would do. */
async function stepUp(
  scopes: string,
  options: ClerkEmulatorOptions,
  consented: 'true' | 'false' = 'true',
): Promise<Findings> {
  const { emulator } = await liveUnderTest(options);
  const clerk = resolveClerkOptions({
    secretKey: emulator.secretKey,
    publishableKey: emulator.publishableKey,
    clerkDomain: emulator.url,
    apiURL: emulator.url,
    baseURL: 'http://127.0.0.1:3000',
  });
  const probe = createProbe(Date.now, new AbortController().signal);
  const instance = new LiveInstance(clerk, probe, probe, new Secrets(), 'doctor');
  const findings = new Findings();
  const listener = await SignInListener.open('test');
  try {
    const { redirectUri } = listener;
    const client = await instance.createApplication([redirectUri], scopes);
    if (!('clientId' in client)) throw new Error('no client');
    const show = (url: string) => {
      walk(emulator.url, url, { consented }).catch(() => undefined);
    };
    await checkStepUp(instance, findings, {
      clientId: client.clientId,
      redirectUri,
      resource: clerk.resource,
      browse: (request) => listener.authorize(request, show, new AbortController().signal),
    });
  } finally {
    await listener.close();
  }
  return findings;
}
