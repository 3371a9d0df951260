import { readProtectedResource } from '../../../clerk/protected-resources.js';
import type { Probe, ProbeResult } from '../../probe.js';
import { type Check, failure, ok, warning } from '../report.js';
import { listOf } from './check-settings.js';

/** Checks what is in front of the server by the headers of its answers. */
export async function checkProxy({
  environment,
  resource,
  probe,
}: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly resource: string;
  readonly probe: Probe;
}): Promise<readonly Check[]> {
  const { origin, protocol, pathname, port, host } = new URL(resource);
  const { metadataURL } = readProtectedResource(origin, pathname);
  const isHttps = protocol === 'https:';
  const [answer, plain] = await Promise.all([
    probe(metadataURL),
    // Another port says nothing of the one that browsers try.
    isHttps && port === '' ? probe(`http://${host}${pathname}`) : undefined,
  ]);
  const headers = 'headers' in answer ? answer.headers : new Headers();
  return [
    trustProxy(listOf(environment['TRUST_PROXY']), proxyIn(headers), isHttps),
    ...(isHttps ? [hsts(headers)] : []),
    ...(plain ? [plainHttp(plain)] : []),
  ];
}

/**
 * The service itself speaks HTTP without TLS, so that something in front of it does where the URL is
 * https.
 */
function trustProxy(
  trusted: readonly string[],
  proxy: string | undefined,
  isHttps: boolean,
): Check {
  const name = 'trust-proxy';
  const everybody = trusted.filter(isEverybody);
  if (everybody.length > 0) {
    return failure(
      name,
      `TRUST_PROXY names ${everybody.join(', ')}, so that callers choose the address that limits count by`,
      'Name the addresses or networks of your own proxies only.',
    );
  }
  const seen = proxy ?? (isHttps ? 'A proxy that ends TLS' : undefined);
  if (trusted.length === 0 && seen !== undefined) {
    return failure(
      name,
      `${seen} is in front of the server, and TRUST_PROXY is not set: all callers have one address, and one of them can lock out the others`,
      'Set TRUST_PROXY to the networks of the proxy. An application of your own sets trustProxy of its adapter, and the variable for this command.',
    );
  }
  if (trusted.length > 0 && seen === undefined) {
    return warning(
      name,
      `TRUST_PROXY names ${trusted.join(', ')}, and no proxy is seen from here`,
      'Examine the public URL. If there is no proxy, unset TRUST_PROXY: callers in these networks choose their address.',
    );
  }
  if (seen === undefined)
    return ok(name, 'No proxy is in front of the server, and none is trusted');
  return ok(name, `${seen} is in front of the server, and TRUST_PROXY names ${trusted.join(', ')}`);
}

/** Whether a network has most of all addresses in it. */
function isEverybody(network: string): boolean {
  const bits = /\/(\d+)$/.exec(network)?.[1];
  return bits !== undefined && Number(bits) < WIDEST_PREFIX;
}

/** `10.0.0.0/8` is the widest network of private addresses, `fc00::/7` aside. */
const WIDEST_PREFIX = 7;

/** The proxy that the headers of an answer tell of. */
function proxyIn(headers: Headers): string | undefined {
  for (const [header, pattern, proxy] of SIGNS) {
    const value = headers.get(header);
    if (value !== null && pattern.test(value)) return proxy;
  }
  return undefined;
}

const ANY = /./;
const SIGNS: readonly (readonly [header: string, pattern: RegExp, proxy: string])[] = [
  ['cf-ray', ANY, 'Cloudflare'],
  ['fly-request-id', ANY, 'The proxy of Fly'],
  ['x-railway-request-id', ANY, 'The proxy of Railway'],
  ['x-render-origin-server', ANY, 'The proxy of Render'],
  ['x-cloud-trace-context', ANY, 'The front end of Google Cloud'],
  ['x-amz-cf-id', ANY, 'CloudFront'],
  ['x-vercel-id', ANY, 'Vercel'],
  ['x-envoy-upstream-service-time', ANY, 'Envoy'],
  ['server', /nginx|openresty/i, 'nginx'],
  ['server', /caddy/i, 'Caddy'],
  ['server', /envoy/i, 'Envoy'],
  ['server', /haproxy/i, 'HAProxy'],
  ['server', /google frontend/i, 'The front end of Google Cloud'],
  ['via', /caddy/i, 'Caddy'],
  ['via', ANY, 'A proxy'],
  ['x-served-by', ANY, 'A cache'],
];

function hsts(headers: Headers): Check {
  const name = 'hsts';
  const cure = 'Have the proxy send Strict-Transport-Security: max-age=31536000 with every answer.';
  const header = headers.get('strict-transport-security');
  if (header === null) {
    return warning(name, 'No Strict-Transport-Security: browsers may still try http', cure);
  }
  const seconds = Number(/max-age\s*=\s*"?(\d+)/i.exec(header)?.[1] ?? 0);
  if (seconds >= LEAST_MAX_AGE) return ok(name, `Strict-Transport-Security is ${header}`);
  const message = `Strict-Transport-Security has a max-age of ${seconds} seconds`;
  return warning(name, message, cure);
}

/** Half a year, in seconds. */
const LEAST_MAX_AGE = 15_768_000;

function plainHttp(result: ProbeResult): Check {
  const name = 'plain-http';
  if ('failure' in result) return ok(name, 'Nothing answers over plain http');
  const { status, headers } = result;
  if (status >= 300 && status < 400) {
    const location = headers.get('location') ?? '';
    if (/^https:/i.test(location)) return ok(name, 'Plain http is redirected to https');
  }
  if (status === 403 || status === 404 || status === 421 || status === 426) {
    return ok(name, `Plain http is refused with ${status}`);
  }
  return failure(
    name,
    `${result.url} answers ${status}: a client that is given this URL sends its token readably`,
    'Have the proxy redirect http to https, or close port 80.',
  );
}
