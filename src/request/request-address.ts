import { carrierOf, recordOf } from './request-record.js';

/**
 * Stores the client address on the Node.js request. Only the HTTP framework knows which proxies are
 * trusted; layers below it have only the Node.js request.
 */
export function noteAddress(request: object): void {
  const address = ipOf(request);
  if (address !== undefined) recordOf(request).address = address;
}

/** The client address of a request; `undefined` for a request that did not come over a network. */
export function addressOf(request: object): string | undefined {
  const own = ipOf(request);
  return own ?? recordOf(request).address ?? socketAddressOf(request);
}

/**
 * The client address, if it identifies the caller. `undefined` behind an untrusted proxy, where all
 * callers share the address of the proxy.
 */
export function trustedAddressOf(request: object): string | undefined {
  return hasUntrustedForwarding(request) ? undefined : addressOf(request);
}

/**
 * Whether a request has a forwarding header (`X-Forwarded-For`, `Forwarded`), but the framework does not
 * trust the proxy and uses the address of the connection.
 */
export function hasUntrustedForwarding(request: object): boolean {
  const { headers }: Carrier = carrierOf(request);
  if (!headers) return false;
  const forwardedFor = headers['x-forwarded-for'];
  if (forwardedFor === undefined && headers['forwarded'] === undefined) return false;
  const socket = socketAddressOf(request);
  if (socket === undefined || unmapped(addressOf(request)) !== unmapped(socket)) return false;
  // A proxy on the caller's own host forwards the address that the connection has.
  return unmapped(lastOf(forwardedFor)) !== unmapped(socket);
}

/**
 * The caller address that an untrusted proxy forwarded, truncated to the length of an address. Anyone
 * can forge it: it separates callers, but proves nothing.
 */
export function forwardedAddressOf(request: object): string | undefined {
  if (!hasUntrustedForwarding(request)) return undefined;
  const { headers }: Carrier = carrierOf(request);
  const forwarded = lastOf(headers?.['x-forwarded-for']) ?? lastOf(headers?.['forwarded']);
  return forwarded?.slice(0, MAX_ADDRESS_LENGTH);
}

/** Characters of the longest form: IPv6 with an IPv4 suffix. */
const MAX_ADDRESS_LENGTH = 45;

/** The members of the Node.js request that are used here. */
interface Carrier {
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: unknown } | null;
}

/** The client address that Fastify or Express computed with their trusted proxies. */
function ipOf(request: object): string | undefined {
  const ip: unknown = 'ip' in request ? request.ip : undefined;
  return typeof ip === 'string' && ip !== '' ? ip : undefined;
}

function socketAddressOf(request: object): string | undefined {
  const { socket }: Carrier = carrierOf(request);
  const remote = socket?.remoteAddress;
  return typeof remote === 'string' ? remote : undefined;
}

/** The address that the nearest proxy added to `X-Forwarded-For`. */
function lastOf(header: string | readonly string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',').at(-1)?.trim();
}

/** Removes the IPv6 prefix of an IPv4-mapped address. */
function unmapped(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/i, '');
}
