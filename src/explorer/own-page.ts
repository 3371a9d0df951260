import type { IncomingHttpHeaders } from 'node:http';
import { ForbiddenException, UnsupportedMediaTypeException } from '@nestjs/common';
import { LOOPBACK_NAMES } from '../clerk/loopback-names.js';
import type { ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import { carrierOf } from '../request/request-record.js';
import { hostOf } from '../request/request-host.js';

/**
 * Refuses every request that the page itself has not sent: those of other origins, of pages that reach a
 * local server under a name of their own (DNS rebinding), and of forms.
 *
 * @param hosts names of this server
 * @throws {ForbiddenException} @throws {UnsupportedMediaTypeException}
 */
export function assertFromOwnPage(request: object, hosts: ReadonlySet<string>): string {
  const { headers = {} }: LocalCarrier = carrierOf(request);
  const host = hostOf(request);
  if (host === undefined || !(hosts.has(host) || isLoopback(host))) {
    throw new ForbiddenException(
      `The explorer is not served under this name. Open it at ${[...hosts].join(' or ')}.`,
    );
  }
  const { origin, 'sec-fetch-site': site = 'same-origin' } = headers;
  const isOwn = origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
  if (!isOwn || site !== 'same-origin') {
    throw new ForbiddenException('Only the page of the explorer may ask this.');
  }
  // A form cannot send it, and a page of another origin must ask before.
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    throw new UnsupportedMediaTypeException('Send application/json.');
  }
  return origin;
}

/** The names of this server, as a `Host` header has them. */
export function hostsOf(clerk: ResolvedClerkOptions): ReadonlySet<string> {
  const resources = [...clerk.resources.values()];
  return new Set(
    resources.flatMap(({ resource, names }) => [new URL(resource).host, ...names.keys()]),
  );
}

/**
 * Whether a person at this machine sends the request: over the loopback interface, to a loopback name, and
 * through no proxy or tunnel that says so.
 */
export function isLocal(request: object): boolean {
  const { headers = {}, socket }: LocalCarrier = carrierOf(request);
  const host = hostOf(request);
  return (
    host !== undefined &&
    isLoopback(host) &&
    /^(::ffff:)?127\.|^::1$/.test(socket?.remoteAddress ?? '') &&
    FORWARDED.every((name) => headers[name] === undefined)
  );
}

interface LocalCarrier {
  readonly headers?: IncomingHttpHeaders;
  readonly socket?: { readonly remoteAddress?: string | undefined };
}

const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host.replace(/:\d+$/, ''));
}
