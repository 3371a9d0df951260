import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { compactVerify, decodeProtectedHeader, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import type { LastingPart } from '../instance/bounded-store.js';
import { clerkId } from '../instance/clerk-id.js';

/** The keys that sign the tokens of the instance: RS256, RSA of 2048 bits, `kid` `ins_…`. */
export class SigningKeys implements LastingPart {
  #keys: readonly SigningKey[];
  #foreign: SigningKey | undefined;
  #changed = (): void => undefined;

  private constructor(
    first: SigningKey,
    /** Whose private part is somebody else's secret. */
    private readonly given: KeyObject | undefined,
  ) {
    this.#keys = [first];
  }

  /**
   * @param privateKey RSA. Default: a new one
   * @param snapshot the keys of an earlier emulator
   */
  static async create(privateKey?: KeyObject, snapshot?: unknown): Promise<SigningKeys> {
    const [kept] = snapshot === undefined ? [] : keptKeys(snapshot, privateKey);
    if (kept) return new SigningKeys(kept, privateKey);
    const first = privateKey ? toSigningKey(privateKey) : await generateSigningKey();
    return new SigningKeys(first, privateKey);
  }

  /** @internal The private keys as JWK, except a given one. */
  snapshot(): unknown {
    return this.#keys.map(({ kid, privateKey, publicJwk }) => ({
      kid,
      jwk: privateKey === this.given ? publicJwk : privateKey.export({ format: 'jwk' }),
    }));
  }

  /** @internal */
  restore(snapshot: unknown): void {
    const kept = keptKeys(snapshot, this.given);
    if (kept.length > 0) this.#keys = kept;
  }

  /** @internal */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  /** `kid` of the current signing key. */
  get currentKeyId(): string {
    return this.#current.kid;
  }

  /** The public key of the current signing key as PEM; Clerk calls it the JWT key. */
  get publicKeyPem(): string {
    return createPublicKey(this.#current.privateKey)
      .export({ type: 'spki', format: 'pem' })
      .toString();
  }

  /**
   * Signs all later tokens with a new key.
   *
   * @param keepPrevious whether tokens signed by previous keys stay valid. Default `true`
   * @returns the new `kid`
   */
  async rotate(keepPrevious = true): Promise<string> {
    const next = await generateSigningKey();
    this.#keys = keepPrevious ? [next, ...this.#keys.slice(0, MAX_PREVIOUS_KEYS)] : [next];
    this.#changed();
    return next.kid;
  }

  /** The public keys (RFC 7517), newest first. */
  jwks(): { readonly keys: readonly JWK[] } {
    return { keys: this.#keys.map((key) => key.publicJwk) };
  }

  /** @param signedBy `foreign` uses the current `kid` with a key that the instance never publishes */
  async sign(
    header: Readonly<Record<string, unknown>>,
    claims: Readonly<Record<string, unknown>>,
    signedBy: 'instance' | 'foreign' = 'instance',
  ): Promise<string> {
    const key = signedBy === 'instance' ? this.#current : await this.#foreignKey();
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: this.currentKeyId, typ: 'JWT', ...header })
      .sign(key.privateKey);
  }

  /** The claims of a token that a published key signed; `exp` is not checked. */
  async verify(jwt: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const { kid } = decodeProtectedHeader(jwt);
      const key = this.#keys.find((candidate) => candidate.kid === kid);
      if (!key) return undefined;
      const { payload } = await compactVerify(jwt, createPublicKey(key.privateKey), {
        algorithms: ['RS256'],
      });
      return JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    } catch {
      return undefined;
    }
  }

  get #current(): SigningKey {
    const [current] = this.#keys;
    if (!current) throw new TypeError('There is no signing key.');
    return current;
  }

  async #foreignKey(): Promise<SigningKey> {
    this.#foreign ??= await generateSigningKey();
    return this.#foreign;
  }
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

const MAX_PREVIOUS_KEYS = 4;
const generate = promisify(generateKeyPair);

async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return toSigningKey(privateKey);
}

const Kept = z.array(z.object({ kid: z.string(), jwk: z.looseObject({ n: z.string() }) }));

/** The keys of a snapshot, newest first; a given one, which the snapshot may not contain, is the newest. */
function keptKeys(snapshot: unknown, given: KeyObject | undefined): readonly SigningKey[] {
  const entries = Kept.parse(snapshot);
  const modulus = given && createPublicKey(given).export({ format: 'jwk' }).n;
  const own = entries
    .filter(({ jwk }) => 'd' in jwk && jwk.n !== modulus)
    .map(({ kid, jwk }) => toSigningKey(createPrivateKey({ key: jwk, format: 'jwk' }), kid));
  if (!given) return own;
  const same = entries.find(({ jwk }) => jwk.n === modulus);
  return [toSigningKey(given, same?.kid), ...own];
}

function toSigningKey(privateKey: KeyObject, kid: string = clerkId('ins')): SigningKey {
  const { kty, n, e } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (kty === undefined || n === undefined || e === undefined) {
    throw new TypeError('The signing key is not an RSA key.');
  }
  return { kid, privateKey, publicJwk: { use: 'sig', kty, kid, alg: 'RS256', n, e } };
}

/** Changes to a JWT that the instance would not make itself, for tests of refused tokens. */
export interface JwtChanges {
  /** Claims to add or replace. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Names of claims to omit. */
  readonly omitClaims?: readonly string[];
  /** Members of the protected header to add or replace. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** `foreign` signs with a key that the instance never publishes. Default `instance`. */
  readonly signedBy?: 'instance' | 'foreign';
}

export function applyChanges(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  changes: JwtChanges,
): { readonly header: Record<string, unknown>; readonly claims: Record<string, unknown> } {
  const changed: Record<string, unknown> = { ...claims, ...changes.claims };
  for (const name of changes.omitClaims ?? []) delete changed[name];
  return { header: { ...header, ...changes.header }, claims: changed };
}
