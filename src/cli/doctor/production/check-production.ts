import type { Probe } from '../../probe.js';
import { type Check, warning } from '../report.js';
import { checkNodeVersion } from './check-node-version.js';
import { checkProxy } from './check-proxy.js';
import { checkRedis } from './check-redis.js';
import { checkSecrets } from './check-secrets.js';
import { checkSettings } from './check-settings.js';
import { checkStream, type StreamSetup } from './check-stream.js';

/** Checks what a deployment needs beside the right keys: settings, secrets, Node.js, Redis and the proxy. */
export async function checkProduction(setup: ProductionSetup): Promise<readonly Check[]> {
  const { environment, resource, isReachable, probe, now } = setup;
  const seen = isReachable
    ? [...(await checkProxy({ environment, resource, probe })), await checkStream(setup)]
    : [];
  return [
    checkNodeVersion(process.version, now),
    ...checkSettings(environment),
    ...checkSecrets(environment),
    ...(await checkRedis(environment)),
    ...seen,
    ...(isReachable ? [] : [unseen()]),
  ];
}

/** Input of {@link checkProduction}. */
export interface ProductionSetup extends StreamSetup {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the server answers at that URL. */
  readonly isReachable: boolean;
  readonly probe: Probe;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

function unseen(): Check {
  return warning(
    'proxy',
    'The server was not reached, so that proxy, HTTPS and streams are not checked',
    'Run this command again while the server runs behind its proxy, without --clerk-only.',
  );
}
