import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Json } from '../backplane/backplane.js';
import { isJsonObject } from '../request/json-object.js';

/**
 * Encrypts and authenticates all that is stored (AES-256-GCM), bound to the name of its key: with access
 * to Redis alone, a record can be neither read nor invented, nor moved to another key.
 *
 * Format: `1.<id of the secret>.<nonce, ciphertext and tag as base64url>`.
 */
export class Sealer {
  private readonly secrets: readonly Secret[];
  private readonly first: Secret;

  /** @param secrets the first one seals, all of them open */
  constructor(secrets: readonly [string, ...string[]]) {
    this.first = new Secret(secrets[0]);
    this.secrets = [this.first, ...secrets.slice(1).map((secret) => new Secret(secret))];
  }

  /** @param place name of the key in Redis */
  seal(value: Json, place: string): string {
    return this.sealText(JSON.stringify(value), place, randomBytes(NONCE_BYTES));
  }

  /** The value; `undefined` for a text that was not sealed for this place, or by an unknown version. */
  open(sealed: string, place: string): Json | undefined {
    const text = this.openText(sealed, place);
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  }

  /** The same text for the same member, so that it can be a member of a set. */
  sealMember(member: string, place: string): string {
    const nonce = mac(this.first.nonces, `${place}\n${member}`).subarray(0, NONCE_BYTES);
    return this.sealText(member, place, nonce);
  }

  openMember(sealed: string, place: string): string | undefined {
    return this.openText(sealed, place);
  }

  /** Keys of 32 bytes for this purpose, one per secret. */
  keys(purpose: string): readonly [Uint8Array, ...Uint8Array[]] {
    const [first, ...rest] = this.secrets.map((secret) => secret.keyFor(purpose));
    return [first ?? this.first.keyFor(purpose), ...rest];
  }

  private sealText(text: string, place: string, nonce: Buffer): string {
    const cipher = createCipheriv('aes-256-gcm', this.first.sealing, nonce);
    cipher.setAAD(Buffer.from(place));
    const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${VERSION}.${this.first.id}.${Buffer.concat(parts).toString('base64url')}`;
  }

  private openText(sealed: string, place: string): string | undefined {
    const [version, id, body = ''] = sealed.split('.');
    const secret = this.secrets.find((one) => one.id === id);
    if (version !== VERSION || !secret) return undefined;
    const bytes = Buffer.from(body, 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    try {
      const decipher = createDecipheriv(
        'aes-256-gcm',
        secret.sealing,
        bytes.subarray(0, NONCE_BYTES),
        { authTagLength: TAG_BYTES },
      );
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

class Secret {
  readonly sealing: Uint8Array;
  readonly nonces: Uint8Array;
  /** Tells which secret sealed a text. */
  readonly id: string;

  constructor(private readonly secret: string) {
    this.sealing = this.keyFor('redis records');
    this.nonces = this.keyFor('redis nonces');
    this.id = Buffer.from(this.keyFor('redis secret id')).toString('base64url').slice(0, ID_LENGTH);
  }

  keyFor(purpose: string): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.secret, 'nestjs-clerk-mcp', purpose, 32));
  }
}

function mac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

const VERSION = '1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_LENGTH = 6;
