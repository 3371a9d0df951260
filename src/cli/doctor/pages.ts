import { docsPage } from '../../docs/docs-page.js';
import type { Check } from './report.js';

/** A check that found something names the page that says more. */
export function withPage(check: Check): Check {
  const page = PAGES[check.name];
  return check.status === 'ok' || page === undefined ? check : { ...check, page };
}

const KEYS = docsPage('clerk-application');

/** The address of the page for each check. */
export const PAGES: Readonly<Record<string, string>> = {
  packages: docsPage('compatibility'),
  configuration: KEYS,
  'signing-keys': KEYS,
  'secret-key': KEYS,
  instance: KEYS,
  'jwt-key': KEYS,
  clock: docsPage('production', 'keys-and-tokens'),
  issuer: KEYS,
  'client-registration': KEYS,
  pkce: KEYS,
  refresh: docsPage('scopes'),
  scopes: docsPage('scopes'),
  'default-scopes': docsPage('scopes'),
  'rule-scopes': docsPage('scopes'),
  'token-format': docsPage('tokens'),
  audience: docsPage('tokens'),
  'session-tokens': docsPage('tokens'),
  'token-kind': docsPage('tokens'),
  'token-issuer': docsPage('tokens'),
  'token-audience': docsPage('tokens'),
  token: docsPage('tokens'),
  'token-scopes': docsPage('scopes'),
  'public-url': docsPage('production', 'the-public-url'),
  'resource-metadata': docsPage('production', 'the-public-url'),
  'authorization-server-metadata': docsPage('production', 'the-public-url'),
  challenge: docsPage('production', 'the-public-url'),
  'sign-in-mode': docsPage('sign-in'),
  'server-instance': docsPage('doctor'),

  'node-version': docsPage('production', 'nodejs-and-packages'),
  'node-env': docsPage('production', 'nodejs-and-packages'),
  'live-keys': docsPage('production', 'keys-and-tokens'),
  emulator: docsPage('production', 'keys-and-tokens'),
  'authorized-parties': docsPage('production', 'keys-and-tokens'),
  audiences: docsPage('production', 'keys-and-tokens'),
  'base-url': docsPage('production', 'the-public-url'),
  'listen-address': docsPage('production', 'the-public-url'),
  'allowed-origins': docsPage('production', 'the-public-url'),
  limits: docsPage('limits'),
  'cluster-secret': docsPage('several-nodes', 'secrets-and-names'),
  'audit-digest-key': docsPage('audit'),
  redis: docsPage('several-nodes', 'the-redis-server'),
  'redis-tls': docsPage('production', 'redis'),
  'redis-password': docsPage('several-nodes', 'the-redis-server'),
  proxy: docsPage('production', 'proxies'),
  'trust-proxy': docsPage('production', 'proxies'),
  hsts: docsPage('production', 'proxies'),
  'plain-http': docsPage('production', 'proxies'),
  stream: docsPage('production', 'streams'),
};
