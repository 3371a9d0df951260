import { carrierOf } from './request-principal.js';

/**
 * Notes the address that a request comes from, as the HTTP framework tells it: it knows which
 * proxies are trusted, and layers that only have the request of Node do not.
 */
export function noteAddress(request: object): void {
  const address = ipOf(request);
  if (address === undefined) return;
  const carrier: Carrier = carrierOf(request);
  carrier[ADDRESS] = address;
}

/** The address that a request comes from; `undefined` for one that no network brought. */
export function addressOf(request: object): string | undefined {
  const own = ipOf(request);
  if (own !== undefined) return own;
  const carrier: Carrier = carrierOf(request);
  return carrier[ADDRESS] ?? socketAddressOf(request);
}

/**
 * The address that a request comes from, where it is that of the caller. `undefined` behind a proxy that
 * the framework was not told to trust: all callers have the address of that proxy.
 */
export function trustedAddressOf(request: object): string | undefined {
  return hasUntrustedForwarding(request) ? undefined : addressOf(request);
}

/**
 * Whether a request says that it was forwarded (`X-Forwarded-For`, `Forwarded`) and the framework still
 * takes the address of the connection for that of the caller, because it trusts no proxy.
 */
export function hasUntrustedForwarding(request: object): boolean {
  const { headers }: Carrier = carrierOf(request);
  if (!headers) return false;
  const forwardedFor = headers['x-forwarded-for'];
  if (forwardedFor === undefined && headers['forwarded'] === undefined) return false;
  const socket = socketAddressOf(request);
  if (socket === undefined || unmapped(addressOf(request)) !== unmapped(socket)) return false;
  // A proxy on the caller's own host names the address that the connection has as well.
  return unmapped(lastOf(forwardedFor)) !== unmapped(socket);
}

/**
 * What a proxy that the framework does not trust says of the caller's address, cut to the length of one.
 * Anybody can say it: it tells callers apart, and vouches for none.
 */
export function forwardedAddressOf(request: object): string | undefined {
  if (!hasUntrustedForwarding(request)) return undefined;
  const { headers }: Carrier = carrierOf(request);
  const said = lastOf(headers?.['x-forwarded-for']) ?? lastOf(headers?.['forwarded']);
  return said?.slice(0, MAX_ADDRESS_LENGTH);
}

/** Of an IPv6 address that ends in an IPv4 one. */
const MAX_ADDRESS_LENGTH = 45;

const ADDRESS: unique symbol = Symbol.for('nestjs-clerk-mcp:address');

/** The request of Node, as far as it is read here. */
interface Carrier {
  [ADDRESS]?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: unknown } | null;
}

/** What Fastify and Express make of the connection and of the proxies that they trust. */
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

/** An IPv4 address that an IPv6 socket received is the same address. */
function unmapped(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/i, '');
}
