import { createPublicKey } from 'node:crypto';
import type { JsonObject } from '../../clerk/json-object.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import { type Check, failure, ok, warning } from './report.js';
import { describeAnswer, isDocument, type Probe, type ProbeResult } from '../probe.js';

/** Do the keys open one instance, the one that is named? Is our clock right? */
export async function checkInstance(
  { issuer, apiURL, secretKey, jwtKey }: ResolvedClerkOptions,
  probe: Probe,
): Promise<readonly Check[]> {
  const [published, ours] = await Promise.all([
    probe(`${issuer}/.well-known/jwks.json`),
    probe(`${apiURL}/v1/jwks`, { headers: { authorization: `Bearer ${secretKey}` } }),
  ]);
  return [
    publishedKeys(published),
    secretKeyTaken(ours),
    ...sameInstance(published, ours),
    ...(jwtKey === null ? [] : pinnedKey(jwtKey, published)),
    ...clock([ours, published]),
  ];
}

function publishedKeys(result: ProbeResult): Check {
  if (!isDocument(result)) {
    return failure(
      'signing-keys',
      describeAnswer(result),
      'Set CLERK_PUBLISHABLE_KEY or CLERK_DOMAIN to your instance, and let this machine reach it.',
    );
  }
  const count = keysIn(result).length;
  if (count > 0) return ok('signing-keys', `The Frontend API publishes ${plural(count, 'key')}`);
  return failure(
    'signing-keys',
    `${result.url} holds no RSA key`,
    'Set CLERK_DOMAIN to the host of the Frontend API, as the API keys page of the dashboard has it.',
  );
}

function secretKeyTaken(result: ProbeResult): Check {
  if (isDocument(result)) return ok('secret-key', 'The Backend API takes the secret key');
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
    'Let this machine reach the Backend API, and set CLERK_API_URL only for another one than Clerk’s.',
  );
}

function sameInstance(published: ProbeResult, ours: ProbeResult): readonly Check[] {
  if (!isDocument(published) || !isDocument(ours)) return [];
  const known = new Set(keysIn(published).map(({ kid }) => kid));
  if (keysIn(ours).some(({ kid }) => known.has(kid))) {
    return [ok('instance', 'Secret key and Frontend API belong to one instance')];
  }
  return [
    failure(
      'instance',
      'The secret key belongs to another instance than the Frontend API',
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
      'Copy the JWKS public key of the dashboard again, or leave CLERK_JWT_KEY out.',
    ),
  ];
}

function clock(results: readonly ProbeResult[]): readonly Check[] {
  const date = results
    .map((result) => ('status' in result ? result.date : undefined))
    .find(Boolean);
  if (!date) return [];
  const seconds = Math.round((date.ours - date.theirs) / 1000);
  const said = `${plural(Math.abs(seconds), 'second')} ${seconds > 0 ? 'ahead of' : 'behind'} Clerk’s`;
  const cure = 'Set the clock, by NTP for example: lifetimes of tokens are checked against it.';
  if (Math.abs(seconds) > SKEW_THAT_REFUSES)
    return [failure('clock', `This clock is ${said}`, cure)];
  if (Math.abs(seconds) > SKEW_TO_WATCH) return [warning('clock', `This clock is ${said}`, cure)];
  return [ok('clock', 'This clock agrees with Clerk’s')];
}

/** Tokens are taken that are early by five seconds; the `Date` header itself is a second wide. */
const SKEW_THAT_REFUSES = 6;
const SKEW_TO_WATCH = 2;

function keysIn({ json }: { readonly json: JsonObject }): readonly JsonObject[] {
  const { keys } = json;
  if (!Array.isArray(keys)) return [];
  return keys.filter((key: JsonObject | null) => key?.['kty'] === 'RSA') as readonly JsonObject[];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
