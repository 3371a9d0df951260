import { ClerkConfigurationError } from './clerk.errors.js';

/**
 * Reads a host or URL as an origin. A host without a scheme means https, or http for a loopback host.
 *
 * @param option name of the option, for the error
 * @throws {ClerkConfigurationError} it is not an origin, or uses http with a host that is not loopback
 */
export function readOrigin(option: string, value: string): string {
  const text = /^https?:\/\//i.test(value) ? value : `${schemeFor(value)}://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new ClerkConfigurationError(
      `${option} is not a host or an origin. Write it as clerk.example.com or https://clerk.example.com.`,
    );
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw new ClerkConfigurationError(
      `${option} uses http, which is for loopback hosts only. Use https://${url.host}.`,
    );
  }
  return url.origin;
}

function schemeFor(host: string): 'http' | 'https' {
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  return url && isLoopbackHost(url.hostname) ? 'http' : 'https';
}

/** Whether a host name is a loopback one, in the form of `URL.hostname`. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
