import { lookup } from 'node:dns';
import { get } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Fetches JSON from a public https URL. It follows no redirect, connects to no address of this machine
 * or of a private network, and reads at most 10 KB in at most 3 seconds.
 *
 * @throws Error whose message may be shown to the user
 */
export async function fetchPublicJson(url: URL): Promise<unknown> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && isPrivate(host)) throw new Error(NOT_PUBLIC_MESSAGE);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT);
    const headers = { accept: 'application/json' };
    const request = get(
      url,
      { headers, lookup: publicLookup, signal, agent: false },
      (response) => {
        const { statusCode, headers: responseHeaders } = response;
        let size = 0;
        response.on('data', ({ length }: Buffer) => {
          size += length;
          if (size > MAX_BYTES) response.destroy(new Error('The document is too long.'));
        });
        if (statusCode !== 200 || !/json/.test(responseHeaders['content-type'] ?? '')) {
          response.destroy(new Error(`The response has status ${statusCode} or is not JSON.`));
        }
        text(response)
          .then((body) => resolve(JSON.parse(body)), reject)
          .catch(reject);
      },
    );
    request.on('error', reject);
  });
}

const NOT_PUBLIC_MESSAGE = 'The host is not a public one.';
/** Milliseconds. */
const TIMEOUT = 3_000;
const MAX_BYTES = 10_000;

/** Checks the addresses that the connection uses, so that a second DNS lookup cannot differ. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const problem = error ?? addressProblem(addresses.map(({ address }) => address));
    if (problem) return callback(problem, '');
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return callback(null, first?.address ?? '', first?.family);
  });
};

function addressProblem(addresses: readonly string[]): Error | null {
  if (addresses.length > 0 && !addresses.some(isPrivate)) return null;
  return new Error(NOT_PUBLIC_MESSAGE);
}

function isPrivate(address: string): boolean {
  return PRIVATE_NETWORKS.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const PRIVATE_NETWORKS = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE_NETWORKS.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE_NETWORKS.addSubnet(network, prefix, 'ipv6');
}
