import { createPublicKey } from 'node:crypto';
import type { JsonObject } from '../../request/json-object.js';
import { OFF_WITHOUT_SECRET_KEY } from '../../clerk/without-secret-key.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import { type Check, failure, ok, warning } from './report.js';
import { describeAnswer, isDocument, type Probe, type ProbeResult } from '../probe.js';

/** Checks that all keys belong to the configured instance, and that the local clock is right. */
export async function checkInstance(
  { issuer, apiURL, secretKey, jwtKey }: ResolvedClerkOptions,
  probe: Probe,
): Promise<readonly Check[]> {
  const [published, backend] = await Promise.all([
    probe(`${issuer}/.well-known/jwks.json`),
    secretKey === null
      ? undefined
      : probe(`${apiURL}/v1/jwks`, { headers: { authorization: `Bearer ${secretKey}` } }),
  ]);
  return [
    publishedKeys(published),
    backend === undefined ? publishableKeyAlone() : secretKeyAccepted(backend),
    ...(backend === undefined ? [] : sameInstance(published, backend)),
    ...(jwtKey === null ? [] : pinnedKey(jwtKey, published)),
    ...clock(backend === undefined ? [published] : [backend, published]),
  ];
}

function publishedKeys(result: ProbeResult): Check {
  if (!isDocument(result)) {
    return failure(
      'signing-keys',
      describeAnswer(result),
      'Set CLERK_PUBLISHABLE_KEY or CLERK_DOMAIN to your instance, and allow this machine to connect to it.',
    );
  }
  const count = keysIn(result).length;
  if (count > 0) return ok('signing-keys', `The Frontend API publishes ${plural(count, 'key')}`);
  return failure(
    'signing-keys',
    `${result.url} contains no RSA key`,
    'Set CLERK_DOMAIN to the host of the Frontend API, which the API keys page of the dashboard shows.',
  );
}

function publishableKeyAlone(): Check {
  return warning(
    'secret-key',
    `CLERK_SECRET_KEY is not set: JWTs are verified with the keys of the Frontend API. Off: ${OFF_WITHOUT_SECRET_KEY.join(', ')}`,
    'Set CLERK_SECRET_KEY if you need one of these.',
  );
}

function secretKeyAccepted(result: ProbeResult): Check {
  if (isDocument(result)) return ok('secret-key', 'The Backend API accepts the secret key');
  if ('status' in result && (result.status === 401 || result.status === 403)) {
    return failure(
      'secret-key',
      'The Backend API refuses the secret key',
      'Set CLERK_SECRET_KEY to a key that the API keys page of the dashboard shows.',
    );
  }
  return failure(
    'secret-key',
    describeAnswer(result),
    'Allow this machine to connect to the Backend API. Set CLERK_API_URL only if you do not use api.clerk.com.',
  );
}

function sameInstance(published: ProbeResult, backend: ProbeResult): readonly Check[] {
  if (!isDocument(published) || !isDocument(backend)) return [];
  const known = new Set(keysIn(published).map(({ kid }) => kid));
  if (keysIn(backend).some(({ kid }) => known.has(kid))) {
    return [ok('instance', 'The secret key and the Frontend API belong to the same instance')];
  }
  return [
    failure(
      'instance',
      'The secret key and the Frontend API belong to different instances',
      'Take CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY from the same instance.',
    ),
  ];
}

function pinnedKey(pem: string, published: ProbeResult): readonly Check[] {
  if (!isDocument(published)) return [];
  const { n } = createPublicKey(pem).export({ format: 'jwk' });
  if (keysIn(published).some((key) => key['n'] === n)) {
    return [ok('jwt-key', 'CLERK_JWT_KEY is a key of the instance')];
  }
  return [
    failure(
      'jwt-key',
      'CLERK_JWT_KEY is not a key of the instance: every JWT would be refused',
      'Copy the JWKS public key from the dashboard again, or unset CLERK_JWT_KEY.',
    ),
  ];
}

function clock(results: readonly ProbeResult[]): readonly Check[] {
  const date = results
    .map((result) => ('status' in result ? result.date : undefined))
    .find(Boolean);
  if (!date) return [];
  const seconds = Math.round((date.local - date.server) / 1000);
  const offset = `${plural(Math.abs(seconds), 'second')} ${seconds > 0 ? 'ahead of' : 'behind'} Clerk’s`;
  const cure =
    'Synchronize the clock, for example with NTP. Lifetimes of tokens are checked against it.';
  if (Math.abs(seconds) > MAX_SKEW) return [failure('clock', `The local clock is ${offset}`, cure)];
  if (Math.abs(seconds) > MAX_SKEW_WITHOUT_WARNING)
    return [warning('clock', `The local clock is ${offset}`, cure)];
  return [ok('clock', 'The local clock agrees with Clerk’s')];
}

/** Seconds. Verification tolerates five; the `Date` header has a resolution of one more. */
const MAX_SKEW = 6;
const MAX_SKEW_WITHOUT_WARNING = 2;

function keysIn({ json }: { readonly json: JsonObject }): readonly JsonObject[] {
  const { keys } = json;
  if (!Array.isArray(keys)) return [];
  return keys.filter((key: JsonObject | null) => key?.['kty'] === 'RSA') as readonly JsonObject[];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
