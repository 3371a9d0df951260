import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { createPrivateMember } from '../request/private-member.js';
import type { Principal } from '../request/principal.js';
import { AuditConfigurationError } from './audit.options.js';

/**
 * Digests of arguments: the first 128 bits of HMAC-SHA-256 over their canonical JSON. It needs a key,
 * because arguments are often so short that a plain hash could be reversed by trying values.
 */
export class InputDigest {
  private readonly key: KeyObject;
  /** Kept with the principal, since a caller has many lines. */
  private readonly subjects = createPrivateMember<string>();

  /** @throws {AuditConfigurationError} the key has less than 32 bytes */
  constructor(key: string | Uint8Array = randomBytes(MIN_BYTES)) {
    const bytes = Buffer.from(key);
    if (bytes.length < MIN_BYTES) {
      throw new AuditConfigurationError(
        `AuditModule: digestKey has ${bytes.length} bytes. Take ${MIN_BYTES} random bytes or more.`,
      );
    }
    this.key = createSecretKey(bytes);
  }

  /** @returns `undefined` if there are no arguments, or they cannot be written as JSON */
  of(input: unknown): string | undefined {
    const json = canonicalJson(input);
    if (json === undefined) return undefined;
    return createHmac('sha256', this.key).update(json).digest('base64url').slice(0, LENGTH);
  }

  /** That of the subject of a principal. */
  ofSubject(principal: Principal): string | undefined {
    const known = this.subjects.get(principal);
    if (known !== undefined) return known;
    const digest = this.of(principal.subject);
    if (digest !== undefined) this.subjects.set(principal, digest);
    return digest;
  }
}

const MIN_BYTES = 32;
/** Characters of JSON. Members of longer arguments are not sorted. */
const MAX_SORTED = 65_536;
/** Characters of base64url; 22 hold 128 bits. */
const LENGTH = 22;

/**
 * JSON with sorted members, up to {@link MAX_SORTED}; `undefined` for a value that JSON cannot express.
 */
export function canonicalJson(value: unknown): string | undefined {
  try {
    const json = JSON.stringify(value);
    // Sorting takes much longer than serializing, and the caller chooses the size.
    if (json === undefined || json.length > MAX_SORTED) return json;
    return JSON.stringify(value, (_key, member: unknown) =>
      isRecord(member) ? Object.fromEntries(Object.entries(member).toSorted(byName)) : member,
    );
  } catch {
    return undefined;
  }
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : Number(one > other);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
