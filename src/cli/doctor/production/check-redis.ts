import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '../../../clerk/origin.js';
import { docsPage } from '../../../docs/docs-page.js';
import { type Check, failure, ok, warning } from '../report.js';

/** Checks the Redis server of `REDIS_URL`: reachable, new enough, keeps its keys, encrypted. */
export async function checkRedis(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Check[]> {
  const url = environment['REDIS_URL']?.trim();
  if (!url) return [];
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'redis:' && parsed?.protocol !== 'rediss:') {
    // The URL may contain a password, so that the message does not repeat it.
    const cure = 'Write redis://host:6379, or rediss:// for TLS.';
    return [failure('redis', 'REDIS_URL is not a URL of Redis', cure)];
  }
  return [...(await server(url)), ...transport(parsed), ...password(parsed)];
}

/** For the connection and the two commands, in milliseconds. */
const TIMEOUT = 5_000;

async function server(url: string): Promise<readonly Check[]> {
  const { examineServer } = await import('../../../redis/examine-server.js').catch((cause) => {
    if (String(cause).includes("'ioredis'")) return { examineServer: undefined };
    throw cause;
  });
  if (!examineServer) {
    const cure = 'Install ioredis, which the server needs as well.';
    return [failure('redis', 'REDIS_URL is set, and the package ioredis is not installed', cure)];
  }
  const { problemsOfServer } = await import('../../../redis/check-server.js');
  const { info, failure: reason } = await examineServer(url, TIMEOUT);
  if (reason !== undefined) {
    const cure =
      'Start Redis, allow this machine to connect to it, and compare user and password of REDIS_URL.';
    return [failure('redis', `Redis cannot be used from here: the connection ${reason}`, cure)];
  }
  if (info === undefined) {
    const message = 'Redis answers, but does not tell its version and its maxmemory-policy';
    const cure = 'Allow INFO (+info), or make sure that it is 7 or later, with noeviction.';
    return [warning('redis', message, cure)];
  }
  const problems = problemsOfServer(info);
  if (problems.length === 0) {
    const policy = info.policy === undefined ? '' : `, maxmemory-policy ${info.policy}`;
    return [ok('redis', `${info.name}${policy}`)];
  }
  return problems.map((problem) => {
    const [, message = problem, cure = ''] = /^(.+?)\. (.+)$/s.exec(problem) ?? [];
    return failure('redis', capital(message), cure);
  });
}

function transport({ protocol, hostname }: URL): readonly Check[] {
  if (protocol === 'rediss:') return [ok('redis-tls', 'The connection to Redis is encrypted')];
  if (isInside(hostname)) return [];
  const message = `Redis on ${hostname} is reached without TLS, over a network that may be public`;
  const cure = 'Use rediss://, or the name of Redis in your private network.';
  return [failure('redis-tls', message, cure)];
}

function password({ password: given, hostname }: URL): readonly Check[] {
  if (given !== '' || isLoopbackHost(hostname)) return [];
  const message = 'REDIS_URL has no password: whoever reaches Redis can end sessions';
  const cure = `Create a user with these rights, and add it to REDIS_URL: ${docsPage('several-nodes', 'the-redis-server')}`;
  return [warning('redis-password', message, cure)];
}

/** Whether a host is on this machine or in a private network: a private address, or a name without a domain. */
function isInside(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(address);
  if (version !== 0) return PRIVATE.check(address, version === 4 ? 'ipv4' : 'ipv6');
  return !address.includes('.') || INTERNAL.test(address);
}

/** Names of private networks: Kubernetes, Docker, Fly, RFC 6762, RFC 8375, ICANN. */
const INTERNAL = /\.(svc|svc\.cluster\.local|cluster\.local|internal|local|home\.arpa|localhost)$/;

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv4');
}
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
