import { isJsonObject, type JsonObject } from '../json-object.js';

/** A JWT taken apart. Nothing in it is verified. */
export interface DecodedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Takes a compact JWT apart without verifying it. `undefined` when it is none. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  if (!COMPACT_JWT.test(token)) return undefined;
  const [head, body] = token.split('.', 2).map(decodePart);
  return head && body ? { header: head, claims: body } : undefined;
}

const COMPACT_JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

function decodePart(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
