import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/app/config.js';
import { Environment } from '../../src/app/environment.js';
import { AFTER_DRAIN_MS } from '../../src/drain/service-drain.js';
import schema from './compose-spec.json' with { type: 'json' };
import { read, readAcl, readCompose, type ComposeService } from './files.js';

const { services } = readCompose();
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);

/** As Compose does it: the defaults of what `.env` does not have. */
function interpolate(
  { environment = {} }: ComposeService,
  given: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const value = (text: string) =>
    text.replaceAll(
      /\$\{(\w+):-([^}]*)\}/g,
      (_, name: string, standard: string) => given[name] || standard,
    );
  return Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [name, value(String(text))]),
  );
}

const CLERK = {
  CLERK_SECRET_KEY: 'sk_test_placeholder',
  CLERK_PUBLISHABLE_KEY: 'pk_test_dmVyYi1ub3VuLTAwLmNsZXJrLmFjY291bnRzLmRldiQ',
  CLERK_AUTHORIZED_PARTIES: 'https://app.example.com',
};
const SECRETS = {
  CLUSTER_SECRET: 'a secret of the tests with more than 32 bytes',
  REDIS_PASSWORD: 'p',
};

describe('compose.yaml', () => {
  it('is what the Compose Specification allows', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    // ajv knows draft 7 by another URI.
    const { $schema: _draft7, ...rules } = schema;
    (addFormats as unknown as (ajv: Ajv) => void)(ajv);
    const validate = ajv.compile(rules);
    validate(readCompose());
    expect(validate.errors).toBeNull();
  });

  it.each(ours)('gives %s only variables that the service reads', (_name, { environment = {} }) => {
    const unknown = Object.keys(environment).filter((name) => !(name in Environment.shape));
    expect(unknown).toEqual([]);
  });

  it.each(Object.entries(services))('lets %s write nothing and do nothing special', (_name, it) => {
    expect(it.read_only).toBe(true);
    expect(it.cap_drop).toEqual(['ALL']);
    for (const port of it.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('starts the service alone by default', () => {
    const started = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);
    expect(started.map(([name]) => name)).toEqual(['service']);
  });

  it('configures the service so that it is reached, whatever .env says', () => {
    const env = { ...CLERK, ...interpolate(services['service'] as ComposeService) };
    const { host, port, production, baseURL } = readConfig(env);
    expect({ host, port, production, baseURL }).toEqual({
      host: '0.0.0.0',
      port: 3000,
      production: true,
      baseURL: 'http://localhost:3000',
    });
    expect(services['service']?.ports).toEqual(['127.0.0.1:3000:3000']);
  });

  it('starts the emulator on loopback of the machine', () => {
    const emulator = services['emulator'] as ComposeService;
    const { host, clerk, emulatorState } = readConfig(interpolate(emulator));
    expect({ host, emulatorState }).toEqual({ host: '127.0.0.1', emulatorState: undefined });
    expect(clerk.usesEmulator).toBe(true);
    expect(emulator.network_mode).toBe('host');
  });

  it('makes one service of three nodes, once the secret is there', () => {
    const nodes = ['node-1', 'node-2', 'node-3'].map((name) => services[name] as ComposeService);
    const configured = nodes.map((node) => readConfig({ ...CLERK, ...interpolate(node, SECRETS) }));
    expect(configured[0]?.redis).toEqual({
      url: 'redis://nodes:p@redis:6379',
      secret: [SECRETS.CLUSTER_SECRET],
      prefix: 'mcp',
    });
    expect(new Set(configured.map((config) => JSON.stringify(config))).size).toBe(1);
    expect(() => readConfig({ ...CLERK, ...interpolate(nodes[0] as ComposeService) })).toThrow(
      'CLUSTER_SECRET',
    );
  });

  it('lets the nodes do in Redis what the page says, with their keys', () => {
    const command = services['redis']?.command ?? [];
    const acl = command
      .slice(command.indexOf('nodes') + 1)
      .filter((option) => !/^(on$|>)/.test(option));
    expect(acl).toEqual(readAcl('mcp'));
  });

  it.each(ours)('gives %s the time to drain', (_name, service) => {
    const { drainMs } = readConfig({ ...CLERK, DRAIN_MS: '', BASE_URL: 'http://localhost' });
    const seconds = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1]);
    expect(seconds * 1000).toBeGreaterThan(drainMs + AFTER_DRAIN_MS);
  });
});

describe.each(['deploy/nginx.conf', 'deploy/haproxy.cfg'])('%s', (file) => {
  it('names the nodes of compose.yaml, and the port that it publishes', () => {
    const text = read(file);
    const nodes = Object.keys(services).filter((name) => name.startsWith('node-'));
    const named = [...text.matchAll(/\b(node-\d):(\d+)/g)].map(([, name, port]) => [name, port]);
    expect(named).toEqual(nodes.map((name) => [name, '3000']));
    expect(text).toMatch(/(listen |bind :)8080\b/);
    expect(services['proxy']?.ports).toEqual(['127.0.0.1:8080:8080']);
  });
});
