import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { AuditConfigurationError } from './audit.options.js';

/**
 * Digests of arguments: HMAC-SHA-256 over their canonical JSON, 128 bits of it. With a key, since
 * whoever reads a bare hash could find out what it is of by trying: arguments are short, and few.
 */
export class InputDigest {
  private readonly key: KeyObject;

  /** @throws {AuditConfigurationError} a key of less than 32 bytes */
  constructor(key: string | Uint8Array = randomBytes(MIN_BYTES)) {
    const bytes = Buffer.from(key);
    if (bytes.length < MIN_BYTES) {
      throw new AuditConfigurationError(
        `AuditModule: digestKey has ${bytes.length} bytes. Take ${MIN_BYTES} random bytes or more.`,
      );
    }
    this.key = createSecretKey(bytes);
  }

  /** @returns `undefined` for nothing, and for what is nested too deeply to be written down */
  of(input: unknown): string | undefined {
    const json = canonicalJson(input);
    if (json === undefined) return undefined;
    return createHmac('sha256', this.key).update(json).digest('base64url').slice(0, LENGTH);
  }
}

const MIN_BYTES = 32;
/** Characters of JSON. Of longer arguments, the order of members counts. */
const MAX_SORTED = 65_536;
/** Characters: 22 of base64url hold 128 bits. */
const LENGTH = 22;

/** JSON in which the order of members makes no difference, up to a length. */
function canonicalJson(value: unknown): string | undefined {
  try {
    const json = JSON.stringify(value);
    // To sort takes many times as long as to write, and a caller chooses how much there is.
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
