import { ClerkConfigurationError } from './clerk.errors.js';

/** The names of the loopback interface, as they stand in a URL. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The origins of a server under each name of the loopback interface, by the `Host` of a request for it.
 *
 * @param baseURL http or https URL
 * @throws {ClerkConfigurationError} the host of `baseURL` is not one of the names
 */
export function loopbackOrigins(baseURL: string): ReadonlyMap<string, string> {
  const { protocol, hostname, port } = new URL(baseURL);
  if (!LOOPBACK_NAMES.includes(hostname)) {
    throw new ClerkConfigurationError(
      `loopbackNames is true, and baseURL names the host ${hostname}. Set baseURL to a URL of localhost, 127.0.0.1 or [::1], or leave loopbackNames out.`,
    );
  }
  const standardPort = protocol === 'https:' ? '443' : '80';
  return new Map(
    LOOPBACK_NAMES.flatMap((name) => {
      const host = port === '' ? name : `${name}:${port}`;
      const hosts = port === '' ? [host, `${name}:${standardPort}`] : [host];
      return hosts.map((one) => [one, `${protocol}//${host}`] as const);
    }),
  );
}

/**
 * The URL of a server without `BASE_URL`.
 *
 * @param host that it listens on; the wildcard addresses are reached through `localhost`
 */
export function localURL(host: string, port: number | string): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
