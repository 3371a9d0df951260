import type { IncomingMessage } from 'node:http';
import type { CrossOriginPolicy } from '../../request/cross-origin.js';
import { hostIn, namesTwoHosts } from '../../request/request-host.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { McpHttpException } from './http-errors.js';

/** Which values of `Host` and `Origin` are allowed. */
interface HostAndOriginPolicy {
  readonly allowedHosts: readonly string[] | undefined;
  readonly allowedOrigins: readonly string[];
}

/**
 * Refuses web pages that are not allowed, and pages that reach a local server through a host name
 * of their own (DNS rebinding).
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports#security-warning
 * @throws {McpHttpException} 403, or 400 for a request that names two hosts
 */
export function assertHostAndOrigin(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  { allowedHosts, allowedOrigins }: HostAndOriginPolicy,
): void {
  const local = isLoopback(socket.localAddress);
  if (namesTwoHosts(headers)) throw twoHosts();
  const host = HOSTS.nameOf(hostIn(headers) ?? '');
  const hostIsKnown = allowedHosts ? allowedHosts.includes(host ?? '') : !local;
  if (!hostIsKnown && !(local && isLoopbackName(host))) throw forbidden('Host');

  const { origin } = headers;
  if (origin === undefined) return;
  const name = ORIGINS.nameOf(origin);
  if (isLoopbackName(name) && (local || isLoopbackName(host))) return;
  const isAllowed = allowedOrigins.some((entry) =>
    entry.includes('://') ? entry === origin : entry === name,
  );
  if (!isAllowed) throw forbidden('Origin');
}

/** Which pages may use the endpoint: those that {@link assertHostAndOrigin} lets through. */
export function pagesOf(options: HostAndOriginPolicy): CrossOriginPolicy {
  return {
    isPublic: false,
    methods: ENDPOINT_METHODS,
    refuse: (request) => {
      try {
        assertHostAndOrigin(request, options);
        return undefined;
      } catch (error) {
        if (!(error instanceof McpHttpException)) throw error;
        return { status: error.getStatus(), body: jsonRpcError(error.rpcCode, error.message) };
      }
    },
  };
}

/** The methods of an endpoint, as `Allow` lists them. */
export const ENDPOINT_METHODS = 'GET, POST, DELETE';

const LOOPBACK_NAMES: readonly (string | undefined)[] = ['localhost', '127.0.0.1', '[::1]'];

function isLoopbackName(name: string | undefined): boolean {
  return LOOPBACK_NAMES.includes(name);
}

function isLoopback(address: string | undefined): boolean {
  return address === '127.0.0.1' || address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}

/**
 * Reads host names, and keeps them: clients send the same few values with every request. The number of
 * kept values is limited, because anyone can invent names.
 */
class HostNames {
  private readonly known = new Map<string, string | undefined>();

  /** @param prefix what makes a value a URL */
  constructor(private readonly prefix: string) {}

  nameOf(value: string): string | undefined {
    const { known } = this;
    const name = known.get(value);
    if (name !== undefined || known.has(value)) return name;
    const url = this.prefix + value;
    const read = URL.canParse(url) ? new URL(url).hostname || undefined : undefined;
    if (known.size < MAX_HOST_NAMES && value.length < MAX_LENGTH) known.set(value, read);
    return read;
  }
}

const HOSTS = new HostNames('http://');
const ORIGINS = new HostNames('');
const MAX_HOST_NAMES = 100;
const MAX_LENGTH = 300;

function forbidden(header: string): McpHttpException {
  return new McpHttpException(
    403,
    JSON_RPC.serverError,
    `This ${header} is not allowed. The operator of the server can allow it.`,
  );
}

function twoHosts(): McpHttpException {
  return new McpHttpException(
    400,
    JSON_RPC.invalidRequest,
    'Bad Request: Host and :authority name different hosts. Send one of them.',
  );
}
