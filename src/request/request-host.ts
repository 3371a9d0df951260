import type { IncomingHttpHeaders } from 'node:http';

/**
 * The host that a request names: `:authority` over HTTP/2, where `Host` is optional, else `Host`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113.html#section-8.3.1
 */
export function hostOf(headers: IncomingHttpHeaders): string | undefined {
  const authority = headers[':authority'];
  return typeof authority === 'string' ? authority : headers.host;
}

/** Whether `:authority` and `Host` of a request name different hosts: RFC 9113 calls it malformed. */
export function namesTwoHosts(headers: IncomingHttpHeaders): boolean {
  const { ':authority': authority, ':scheme': scheme, host } = headers;
  if (typeof authority !== 'string' || host === undefined || authority === host) return false;
  const origin = scheme === 'http' ? 'http://' : 'https://';
  return canonicalHost(origin, authority) !== canonicalHost(origin, host);
}

/** In lower case and without the default port of the scheme. A malformed host is its own form. */
function canonicalHost(origin: string, host: string): string {
  const url = `${origin}${host}`;
  return URL.canParse(url) ? new URL(url).host : host;
}
