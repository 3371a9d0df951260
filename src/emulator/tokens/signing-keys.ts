import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { compactVerify, decodeProtectedHeader, type JWK, SignJWT } from 'jose';
import { clerkId } from '../instance/clerk-id.js';

/** The keys that sign the tokens of the instance: RS256, RSA of 2048 bits, `kid` `ins_…`. */
export class SigningKeys {
  #keys: readonly SigningKey[];
  #foreign: SigningKey | undefined;

  private constructor(first: SigningKey) {
    this.#keys = [first];
  }

  /** @param privateKey RSA. Default: a new one */
  static async create(privateKey?: KeyObject): Promise<SigningKeys> {
    return new SigningKeys(privateKey ? toSigningKey(privateKey) : await generateSigningKey());
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

function toSigningKey(privateKey: KeyObject): SigningKey {
  const kid = clerkId('ins');
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
