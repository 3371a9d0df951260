import { describe, expect, it } from 'vitest';
import { checkSecrets } from '../../../../src/cli/doctor/production/check-secrets.js';
import { checkSettings } from '../../../../src/cli/doctor/production/check-settings.js';

const SECRET = 'q0Vq8ZrT1mXw5kP2nY7bC4dF9gH3jL6sA0eR8tU1iO5p';
const WELL = {
  NODE_ENV: 'production',
  CLERK_SECRET_KEY: 'sk_live_abcdefghijkl',
  CLERK_PUBLISHABLE_KEY: 'pk_live_abcdefghijkl',
  CLERK_AUTHORIZED_PARTIES: 'https://app.example.com',
  BASE_URL: 'https://mcp.example.com',
  HOST: '0.0.0.0',
  TRUST_PROXY: '10.0.0.0/8',
  REDIS_URL: 'rediss://redis.example.com',
  CLUSTER_SECRET: SECRET,
};

type Variables = Readonly<Record<string, string | undefined>>;

function statusesWith(change: Variables): Readonly<Record<string, string>> {
  const environment = { ...WELL, ...change };
  const checks = [...checkSettings(environment), ...checkSecrets(environment)];
  for (const { status, cure } of checks) expect(cure === undefined).toBe(status === 'ok');
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]));
}

describe('the settings of a production service', () => {
  it('are in order', () => {
    const statuses = statusesWith({});
    expect(Object.keys(statuses)).toEqual([
      'node-env',
      'live-keys',
      'base-url',
      'listen-address',
      'cluster-secret',
    ]);
    expect(new Set(Object.values(statuses))).toEqual(new Set(['ok']));
  });

  it.each<[Variables, string, string]>([
    [{ NODE_ENV: undefined }, 'node-env', 'warning'],
    [{ NODE_ENV: 'PRODUCTION' }, 'node-env', 'ok'],
    [
      { NODE_ENV: 'staging', CLERK_SECRET_KEY: undefined, CLERK_PUBLISHABLE_KEY: 'pk_test_a' },
      'node-env',
      'failure',
    ],
    [{ CLERK_SECRET_KEY: 'sk_test_abc' }, 'live-keys', 'failure'],
    [{ CLERK_PUBLISHABLE_KEY: 'pk_test_abc' }, 'live-keys', 'failure'],
    [{ CLERK_SECRET_KEY: ' ', CLERK_PUBLISHABLE_KEY: undefined }, 'live-keys', 'warning'],
    [{ CLERK_EMULATOR: 'on' }, 'emulator', 'failure'],
    [{ BASE_URL: undefined }, 'base-url', 'failure'],
    [{ BASE_URL: 'mcp.example.com' }, 'base-url', 'failure'],
    [{ BASE_URL: 'http://mcp.example.com' }, 'base-url', 'failure'],
    [{ BASE_URL: 'https://localhost:3000' }, 'base-url', 'failure'],
    [{ HOST: undefined }, 'listen-address', 'warning'],
    [{ HOST: '::1' }, 'listen-address', 'warning'],
    [{ HOST: undefined, TRUST_PROXY: 'loopback,::1,127.0.0.1/8' }, 'listen-address', 'ok'],
    [{ HOST: '::' }, 'listen-address', 'ok'],
    [{ CLERK_AUTHORIZED_PARTIES: 'http://localhost:3000' }, 'authorized-parties', 'failure'],
    [{ CLERK_AUDIENCES: 'http://127.0.0.1:3000/mcp' }, 'audiences', 'warning'],
    [{ ALLOWED_ORIGINS: 'localhost' }, 'allowed-origins', 'warning'],
    [{ RATE_LIMIT: 'off' }, 'limits', 'warning'],
    [{ AUTH_FAILURE_LIMIT: 'off' }, 'limits', 'warning'],
    [{ CLUSTER_SECRET: undefined }, 'cluster-secret', 'failure'],
    [{ CLUSTER_SECRET: 'short' }, 'cluster-secret', 'failure'],
    [{ CLUSTER_SECRET: 'a'.repeat(64) }, 'cluster-secret', 'failure'],
    [{ CLUSTER_SECRET: 'abcdefghij'.repeat(5) }, 'cluster-secret', 'failure'],
    [{ CLUSTER_SECRET: `changeme-${SECRET}` }, 'cluster-secret', 'failure'],
    [{ CLUSTER_SECRET: `${SECRET},short` }, 'cluster-secret', 'failure'],
    [{ AUDIT_DIGEST_KEY: SECRET }, 'cluster-secret', 'failure'],
    [{ AUDIT_DIGEST_KEY: 'b'.repeat(40) }, 'audit-digest-key', 'warning'],
  ])('%j: %s is a %s', (change, name, status) => {
    expect(statusesWith(change)[name]).toBe(status);
  });

  it('need no secret of a cluster without Redis', () => {
    expect(statusesWith({ REDIS_URL: undefined, CLUSTER_SECRET: undefined })).not.toHaveProperty(
      'cluster-secret',
    );
  });

  it('are reported without the value of a secret', () => {
    const weak = {
      ...WELL,
      CLUSTER_SECRET: 'abcdefghij'.repeat(5),
      AUDIT_DIGEST_KEY: 'k9'.repeat(20),
    };
    const text = JSON.stringify([...checkSettings(weak), ...checkSecrets(weak)]);
    expect(text).toContain('repeats a shorter text');
    for (const secret of [weak.CLUSTER_SECRET, weak.AUDIT_DIGEST_KEY, WELL.CLERK_SECRET_KEY]) {
      expect(text).not.toContain(secret);
    }
  });
});
