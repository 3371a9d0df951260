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
  const noted = carrier[ADDRESS];
  if (noted !== undefined) return noted;
  const socket: unknown = Reflect.get(carrier, 'socket');
  const remote: unknown = isObject(socket) ? Reflect.get(socket, 'remoteAddress') : undefined;
  return typeof remote === 'string' ? remote : undefined;
}

const ADDRESS: unique symbol = Symbol.for('nestjs-clerk-mcp:address');

interface Carrier {
  [ADDRESS]?: string;
}

/** What Fastify and Express make of the connection and of the proxies that they trust. */
function ipOf(request: object): string | undefined {
  const ip: unknown = 'ip' in request ? request.ip : undefined;
  return typeof ip === 'string' && ip !== '' ? ip : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
