import type { EmulatorSwitches } from '../emulator-switches.js';

/**
 * Whether a requested redirect URI matches a registered one: it is the same string, or, on a loopback
 * address, differs only in its port (RFC 8252 §7.3). The name `localhost` is not an address.
 */
export function matchesRedirectUri(
  registered: string,
  requested: string,
  ports: EmulatorSwitches['loopbackRedirects'],
): boolean {
  if (registered === requested) return true;
  if (ports === 'exact') return false;
  const left = loopbackWithoutPort(registered);
  return left !== undefined && left === loopbackWithoutPort(requested);
}

/** Why a client cannot register this redirect URI, as the predicate of a sentence. */
export function redirectUriProblem(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'is not an absolute URI';
  const url = new URL(uri);
  if (url.hash !== '' || uri.includes('#')) return 'has a fragment';
  if (url.username !== '' || url.password !== '') return 'contains credentials';
  if (FORBIDDEN_SCHEMES.has(url.protocol)) return 'uses a scheme that a browser would run or open';
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'uses http outside loopback; use https';
  }
  return undefined;
}

const FORBIDDEN_SCHEMES: ReadonlySet<string> = new Set([
  'about:',
  'blob:',
  'data:',
  'file:',
  'filesystem:',
  'javascript:',
  'vbscript:',
  'view-source:',
]);

function isLoopback(hostname: string): boolean {
  return isLoopbackAddress(hostname) || hostname === 'localhost';
}

function isLoopbackAddress(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === '[::1]';
}

function loopbackWithoutPort(uri: string): string | undefined {
  if (!URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  if (url.protocol !== 'http:' || !isLoopbackAddress(url.hostname)) return undefined;
  if (url.username !== '' || url.password !== '' || uri.includes('#')) return undefined;
  url.port = '';
  return url.href;
}
