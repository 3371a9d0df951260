import type { IncomingHttpHeaders } from 'node:http';
import { carrierOf } from './request-record.js';

/**
 * The host that a request names, in lower case. A caller can write anything there: use it only to choose among
 * known hosts.
 *
 * @returns `undefined` if the request names no host, or more than one: `Host` is repeated or differs from
 *   `:authority`, or the request target is an absolute URI (RFC 9112 §3.2.2)
 */
export function hostOf(request: object): string | undefined {
  const { headers = {}, rawHeaders = [], url, originalUrl = url }: Carrier = carrierOf(request);
  const host: unknown = hostIn(headers);
  // A request of another transport may have anything there.
  if (typeof host !== 'string' || host.length > MAX_HOST_LENGTH) return undefined;
  if (namesTwoHosts(headers)) return undefined;
  const isRepeated = rawHeaders.filter((raw, at) => at % 2 === 0 && isHost(raw)).length > 1;
  const isAbsolute = typeof originalUrl === 'string' && !originalUrl.startsWith('/');
  return isRepeated || isAbsolute ? undefined : host.toLowerCase();
}

/**
 * The host that a request names: `:authority` over HTTP/2, where `Host` is optional, else `Host`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113.html#section-8.3.1
 */
export function hostIn(headers: IncomingHttpHeaders): string | undefined {
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

/** The members of the Node.js request that are used here. */
interface Carrier {
  readonly headers?: IncomingHttpHeaders;
  /** Names and values in turn, as received. */
  readonly rawHeaders?: readonly string[];
  readonly url?: unknown;
  /** The target as received, where the framework has rewritten `url`. */
  readonly originalUrl?: unknown;
}

/** Characters: a DNS name, a port and brackets. */
const MAX_HOST_LENGTH = 300;

function isHost(name: string): boolean {
  return name.toLowerCase() === 'host';
}
