import { Inject, Injectable } from '@nestjs/common';
import {
  createPublicKey,
  type JsonWebKeyInput,
  type KeyObject,
  createHash,
  type JsonWebKey,
} from 'node:crypto';
import { requestJson, type JsonResponse } from '../api/json-request.js';
import { CachedResource } from '../api/cached-resource.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { SecretKeyAlarm } from '../api/clerk.client.js';
import { invalidToken, misconfigured, unavailable } from './token-refusals.js';
import { isJsonObject } from '../../request/json-object.js';
import { ClerkConfigurationError } from '../clerk.errors.js';

/**
 * The keys for verifying tokens: the configured key, or those that Clerk publishes. It does not use the
 * cache of the SDK, which fetches once per unknown key id, has no timeout, and reports an outage as an
 * invalid token.
 */
@Injectable()
export class SigningKeys {
  private readonly configured: SigningKey | undefined;
  private readonly copy: CachedResource<KeySet>;
  private missedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly alarm: SecretKeyAlarm,
  ) {
    const { keysTtlMs: ttlMs, failureCoolDownMs } = options.limits;
    this.configured = options.jwtKey === null ? undefined : signingKeyOf(options.jwtKey);
    this.copy = new CachedResource(() => this.fetchKeySet(), {
      ttlMs,
      failureCoolDownMs,
    });
  }

  /** Changes with the set of keys. Verdicts with other keys are not used. */
  get fingerprint(): string {
    return this.copy.current?.fingerprint ?? '';
  }

  /** Whether keys are available. Fetches them if there are none. Never throws. */
  async areAvailable(): Promise<boolean> {
    // Without callers, only this detects that Clerk accepts the secret key again.
    if (this.alarm.isRejected) await this.copy.refresh().catch(() => undefined);
    if (this.configured) return true;
    return this.copy.get().then(
      () => true,
      () => false,
    );
  }

  /** The key with this id, if it is cached and fresh. */
  tryGet(kid: unknown): SigningKey | undefined {
    if (this.configured) return this.configured;
    return typeof kid === 'string' ? this.copy.fresh?.keys.get(kid) : undefined;
  }

  /**
   * The key with this id; fetches it if needed.
   *
   * @throws {AccessRefusedError} `invalid_token` for an unknown id, `unavailable` or
   * `misconfigured` if Clerk's keys cannot be fetched
   */
  async get(kid: unknown): Promise<SigningKey> {
    if (this.configured) return this.configured;
    if (typeof kid !== 'string') throw unknownKey();

    const held = this.copy.current;
    const { keys } = await this.copy.get();
    const key = keys.get(kid) ?? (keys === held?.keys ? await this.lookAgain(kid) : undefined);
    if (key !== undefined) return key;
    if (keys !== held?.keys) this.missedAt = Date.now();
    throw unknownKey();
  }

  /** Keys may have rotated, but invented key ids must not cause many fetches. */
  private async lookAgain(kid: string): Promise<SigningKey | undefined> {
    const coolingDown = Date.now() - this.missedAt < this.options.limits.unknownKeyCoolDownMs;
    if (coolingDown && !this.copy.isFetching) return undefined;
    const key = (await this.copy.refresh()).keys.get(kid);
    if (key === undefined) this.missedAt = Date.now();
    return key;
  }

  private async fetchKeySet(): Promise<KeySet> {
    const { apiURL, issuer, secretKey } = this.options;
    const backend =
      secretKey === null
        ? undefined
        : await this.request(`${apiURL}/v1/jwks`, { authorization: `Bearer ${secretKey}` });
    if (backend?.status === 401 || backend?.status === 403) {
      this.alarm.reject();
      throw misconfigured();
    }
    const keys = keysIn(backend);
    if (keys) {
      this.alarm.accept();
      return keys;
    }

    const frontend = await this.request(`${issuer}/.well-known/jwks.json`, {});
    const publicKeys = keysIn(frontend);
    if (publicKeys) return publicKeys;
    throw unavailable(backend?.retryAfter ?? frontend?.retryAfter);
  }

  private async request(
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<JsonResponse | undefined> {
    const { timeoutMs } = this.options.limits;
    return requestJson(url, { headers, timeout: timeoutMs }).catch(() => undefined);
  }
}

function keysIn(answer: JsonResponse | undefined): KeySet | undefined {
  return answer?.status === 200 ? readKeySet(answer.body) : undefined;
}

function unknownKey() {
  return invalidToken('The access token is signed with an unknown key.');
}

/** A public key of Clerk, in two formats. */
export interface SigningKey {
  /** In the format that `@clerk/backend` expects as `jwtKey`. */
  readonly pem: string;
  /** For `node:crypto`. */
  readonly key: KeyObject;
}

/** `undefined` for a key that Clerk does not use: not RSA, or less than 2,048 bits. */
export function toSigningKey(key: KeyObject): SigningKey | undefined {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const { n, e } = key.asymmetricKeyType === 'rsa' ? key.export({ format: 'jwk' }) : {};
  if (n === undefined || e !== 'AQAB' || bits < MIN_MODULUS_BITS) return undefined;
  return { pem: toClerkPem(n), key };
}

/** Like {@link toSigningKey}, for a key of a JWKS. */
function readJwk(jwk: JsonWebKeyInput['key']): SigningKey | undefined {
  try {
    return toSigningKey(createPublicKey({ key: jwk, format: 'jwk' }));
  } catch {
    return undefined;
  }
}

/** Reads a PEM that {@link toSigningKey} created. */
function signingKeyOf(pem: string): SigningKey {
  const modulus = pem.slice(PEM_HEAD.length, -PEM_TAIL.length);
  const n = Buffer.from(modulus, 'base64').toString('base64url');
  return { pem, key: createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' }) };
}

const MIN_MODULUS_BITS = 2048;
const PEM_HEAD = '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA';
const PEM_TAIL = 'IDAQAB\n-----END PUBLIC KEY-----';

/**
 * The SDK extracts the modulus by removing the fixed prefix and suffix of a 2,048-bit PEM. This adds them
 * to any modulus, so that longer keys work too.
 */
function toClerkPem(modulus: string): string {
  return `${PEM_HEAD}${modulus.replaceAll('-', '+').replaceAll('_', '/')}${PEM_TAIL}`;
}

/** Reads a JWKS; `undefined` if it has no RSA signing key of 2,048 bits or more. */
function readKeySet(body: unknown): KeySet | undefined {
  if (!isJsonObject(body) || !Array.isArray(body['keys'])) return undefined;
  const keys = new Map<string, SigningKey>();
  for (const jwk of body['keys'].slice(0, MAX_KEYS)) {
    const key = isSigningKey(jwk) ? readJwk(jwk) : undefined;
    if (key !== undefined) keys.set(jwk.kid, key);
  }
  return keys.size === 0 ? undefined : { fingerprint: fingerprintOf(keys), keys };
}

/** The public keys of a Clerk instance. */
interface KeySet {
  /** Changes with the set of keys. */
  readonly fingerprint: string;
  /** By key id. */
  readonly keys: ReadonlyMap<string, SigningKey>;
}

const MAX_KEYS = 64;

function isSigningKey(jwk: unknown): jwk is JsonWebKey & { kid: string } {
  return (
    isJsonObject(jwk) &&
    jwk['kty'] === 'RSA' &&
    (jwk['use'] ?? 'sig') === 'sig' &&
    (jwk['alg'] ?? 'RS256') === 'RS256' &&
    typeof jwk['kid'] === 'string'
  );
}

function fingerprintOf(keys: KeySet['keys']): string {
  const pems = [...keys].map(([kid, { pem }]) => [kid, pem] as const);
  const entries = pems.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
}

/**
 * Converts a configured PEM to the format that `@clerk/backend` expects as `jwtKey`. Line breaks may be
 * written as `\n`, as environment files often do.
 *
 * @throws {ClerkConfigurationError} if it is not an RSA public key of 2,048 bits or more
 */
export function readPublicKey(pem: string): string {
  try {
    const key = createPublicKey(pem.replaceAll('\\n', '\n'));
    return toSigningKey(key)?.pem ?? refuse();
  } catch (cause) {
    return refuse(cause);
  }
}

function refuse(cause?: unknown): never {
  throw new ClerkConfigurationError(
    'jwtKey is not an RSA public key of 2,048 bits or more in PEM form. Copy the JWT public key from the API keys page of the Clerk dashboard, header and trailer included.',
    { cause },
  );
}
