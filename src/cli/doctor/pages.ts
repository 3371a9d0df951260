import type { Check } from './report.js';

/** A check that found something names the page that says more. The package contains the pages. */
export function withPage(check: Check): Check {
  const page = PAGES[check.name];
  return check.status === 'ok' || page === undefined ? check : { ...check, page };
}

const KEYS = 'docs/clerk-application.md';

/** The page for each check. */
export const PAGES: Readonly<Record<string, string>> = {
  packages: 'docs/compatibility.md',
  configuration: KEYS,
  'signing-keys': KEYS,
  'secret-key': KEYS,
  instance: KEYS,
  'jwt-key': KEYS,
  clock: 'docs/production.md#keys-and-tokens',
  issuer: KEYS,
  'client-registration': KEYS,
  pkce: KEYS,
  refresh: 'docs/scopes.md',
  scopes: 'docs/scopes.md',
  'default-scopes': 'docs/scopes.md',
  'rule-scopes': 'docs/scopes.md',
  'token-format': 'docs/tokens.md',
  audience: 'docs/tokens.md',
  'session-tokens': 'docs/tokens.md',
  'token-kind': 'docs/tokens.md',
  'token-issuer': 'docs/tokens.md',
  'token-audience': 'docs/tokens.md',
  token: 'docs/tokens.md',
  'token-scopes': 'docs/scopes.md',
  'public-url': 'docs/production.md#the-public-url',
  'resource-metadata': 'docs/production.md#the-public-url',
  'authorization-server-metadata': 'docs/production.md#the-public-url',
  challenge: 'docs/production.md#the-public-url',
  'sign-in-mode': 'docs/sign-in.md',
  'server-instance': 'docs/doctor.md',

  'node-version': 'docs/production.md#nodejs-and-packages',
  'node-env': 'docs/production.md#nodejs-and-packages',
  'live-keys': 'docs/production.md#keys-and-tokens',
  emulator: 'docs/production.md#keys-and-tokens',
  'authorized-parties': 'docs/production.md#keys-and-tokens',
  audiences: 'docs/production.md#keys-and-tokens',
  'base-url': 'docs/production.md#the-public-url',
  'listen-address': 'docs/production.md#the-public-url',
  'allowed-origins': 'docs/production.md#the-public-url',
  limits: 'docs/limits.md',
  'cluster-secret': 'docs/several-nodes.md#secrets-and-names',
  'audit-digest-key': 'docs/audit.md',
  redis: 'docs/several-nodes.md#the-redis-server',
  'redis-tls': 'docs/production.md#redis',
  'redis-password': 'docs/several-nodes.md#the-redis-server',
  proxy: 'docs/production.md#proxies',
  'trust-proxy': 'docs/production.md#proxies',
  hsts: 'docs/production.md#proxies',
  'plain-http': 'docs/production.md#proxies',
  stream: 'docs/production.md#streams',
};
