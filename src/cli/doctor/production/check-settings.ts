import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '../../../clerk/origin.js';
import { isProduction } from '../../../clerk/resolve-clerk-options.js';
import { type Check, failure, ok, warning } from '../report.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Checks the variables of a service that serves others. */
export function checkSettings(environment: Environment): readonly Check[] {
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return [
    nodeEnv(value),
    keys(value),
    ...emulator(value),
    baseURL(value),
    ...listenAddress(value),
    ...authorizedParties(value),
    ...audiences(value),
    ...allowed(value),
    ...limits(value),
  ];
}

type Value = (name: string) => string | undefined;

function nodeEnv(value: Value): Check {
  const name = 'node-env';
  const given = value('NODE_ENV');
  if (given?.toLowerCase() === 'production') return ok(name, 'NODE_ENV is production');
  const cure = 'Set NODE_ENV=production for the server.';
  const message = given === undefined ? 'NODE_ENV is not set' : `NODE_ENV is ${given}`;
  if (isProduction({ environment: given, keys: keysOf(value) })) {
    return warning(name, `${message}: packages that read it run in development mode`, cure);
  }
  return failure(name, `${message}: no rule of production is in force`, cure);
}

function keys(value: Value): Check {
  const name = 'live-keys';
  const given = keysOf(value).filter((key) => key !== undefined);
  if (given.some((key) => /^[sp]k_test_/.test(key))) {
    return failure(
      name,
      'The keys are those of a development instance (sk_test_, pk_test_), which anybody may sign up to and which serves few requests',
      'Set the keys of the production instance (sk_live_, pk_live_).',
    );
  }
  if (given.length > 0) return ok(name, 'The keys are those of a production instance');
  return warning(
    name,
    'Neither CLERK_SECRET_KEY nor CLERK_PUBLISHABLE_KEY is set, so that the kind of instance is unknown',
    'Set CLERK_PUBLISHABLE_KEY, and CLERK_SECRET_KEY for what needs the Backend API.',
  );
}

function emulator(value: Value): readonly Check[] {
  if (value('CLERK_EMULATOR') === undefined) return [];
  const message = 'CLERK_EMULATOR is set: with the local emulator anybody signs in as anybody';
  return [failure('emulator', message, 'Unset CLERK_EMULATOR.')];
}

function baseURL(value: Value): Check {
  const name = 'base-url';
  const given = value('BASE_URL');
  const cure = 'Set BASE_URL to the https URL that clients use, without the path of the endpoint.';
  if (given === undefined) return failure(name, 'BASE_URL is not set', cure);
  if (!URL.canParse(given)) return failure(name, 'BASE_URL is not a URL', cure);
  const { protocol, hostname } = new URL(given);
  if (isLoopbackHost(hostname)) {
    return failure(name, `BASE_URL is ${given}, which other machines cannot reach`, cure);
  }
  if (protocol === 'https:') return ok(name, `BASE_URL is ${given}`);
  return failure(name, `BASE_URL is ${given}, so that tokens travel readably`, cure);
}

function listenAddress(value: Value): readonly Check[] {
  const host = value('HOST') ?? '127.0.0.1';
  const name = 'listen-address';
  if (!isLoopbackHost(isIP(host) === 6 ? `[${host}]` : host)) {
    return [ok(name, `The server listens on ${host}`)];
  }
  const proxies = listOf(value('TRUST_PROXY')).filter((network) => !isLoopbackNetwork(network));
  if (proxies.length === 0) return [ok(name, `The server listens on ${host}, for its own machine`)];
  return [
    warning(
      name,
      `The server listens on ${host} only, and TRUST_PROXY names proxies elsewhere (${proxies.join(', ')})`,
      'Set HOST=0.0.0.0 in a container, or to the address of the network that the proxy is in.',
    ),
  ];
}

function authorizedParties(value: Value): readonly Check[] {
  const local = listOf(value('CLERK_AUTHORIZED_PARTIES')).filter(isLocalOrigin);
  if (local.length === 0) return [];
  return [
    failure(
      'authorized-parties',
      `CLERK_AUTHORIZED_PARTIES names ${local.join(', ')}, which any program on the machine of a user can be`,
      'Name the https origins of your sites only.',
    ),
  ];
}

function audiences(value: Value): readonly Check[] {
  const local = listOf(value('CLERK_AUDIENCES')).filter(isLocalOrigin);
  if (local.length === 0) return [];
  return [
    warning(
      'audiences',
      `CLERK_AUDIENCES names ${local.join(', ')}: tokens for servers in development are accepted`,
      'Remove it, once the sign-ins from there have ended.',
    ),
  ];
}

function allowed(value: Value): readonly Check[] {
  const local = listOf(value('ALLOWED_ORIGINS')).filter(
    (entry) => isLocalOrigin(entry) || isLoopbackHost(entry),
  );
  if (local.length === 0) return [];
  const message = `ALLOWED_ORIGINS names ${local.join(', ')}: pages on the machine of a user may call the server`;
  return [warning('allowed-origins', message, 'Name the https origins of your pages only.')];
}

function limits(value: Value): readonly Check[] {
  const off = ['RATE_LIMIT', 'AUTH_FAILURE_LIMIT'].filter((name) => value(name) === 'off');
  if (off.length === 0) return [];
  const message = `${off.join(' and ')} ${off.length > 1 ? 'are' : 'is'} off: one caller can use up the server, or guess tokens without a pause`;
  return [warning('limits', message, 'Unset it for the default, or set a number per minute.')];
}

/** Whether an entry of TRUST_PROXY is on this machine. */
function isLoopbackNetwork(network: string): boolean {
  if (network === 'loopback') return true;
  const [address = ''] = network.split('/');
  const version = isIP(address);
  return version !== 0 && LOOPBACK.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLocalOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'http:' || isLoopbackHost(hostname);
}

function keysOf(value: Value): readonly (string | undefined)[] {
  return [value('CLERK_SECRET_KEY'), value('CLERK_PUBLISHABLE_KEY')];
}

/** The entries of a variable that is a list. */
export function listOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}
