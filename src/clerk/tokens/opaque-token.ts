import { isJsonObject } from '../json-object.js';

/** What Clerk says about an opaque token, checked and in one unit of time (milliseconds). */
export interface OpaqueToken {
  readonly id: string | undefined;
  readonly subject: string;
  readonly clientId: string | undefined;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
  readonly expired: boolean;
  readonly expiresAt: number;
  readonly issuedAt: number | undefined;
  readonly audience: unknown;
  readonly act: unknown;
  readonly customClaims: Readonly<Record<string, unknown>>;
}

/**
 * Reads the SDK's answer to a verification. The SDK checks nothing: for an empty body, an error
 * document, or JSON with an unexpected content type it hands over whatever came.
 *
 * @returns `inactive` when Clerk says so in the words of RFC 7662, `undefined` for an answer that
 * is no verdict
 */
export function readOpaqueToken(answer: unknown): OpaqueToken | 'inactive' | undefined {
  if (!isJsonObject(answer)) return undefined;
  if (answer['active'] === false) return 'inactive';
  const { id, subject, clientId, scopes, revoked, expired, expiration, createdAt } = answer;
  if (typeof subject !== 'string' || !isStrings(scopes)) return undefined;
  if (typeof revoked !== 'boolean' || typeof expired !== 'boolean') return undefined;
  if (expiration !== null && expiration !== undefined && typeof expiration !== 'number') {
    return undefined;
  }
  return {
    id: text(id),
    subject,
    clientId: text(clientId),
    scopes: [...new Set(scopes.filter(Boolean))],
    revoked,
    expired,
    expiresAt: typeof expiration === 'number' ? milliseconds(expiration) : Infinity,
    issuedAt: typeof createdAt === 'number' ? milliseconds(createdAt) : undefined,
    audience: answer['aud'],
    act: answer['act'],
    customClaims: isJsonObject(answer['claims']) ? answer['claims'] : {},
  };
}

/** Clerk gives seconds in some answers and milliseconds in others; 1e12 ms is in 2001. */
function milliseconds(time: number): number {
  return time < 1e12 ? time * 1000 : time;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
