import { hash } from 'node:crypto';
import { createPrivateMember } from '../../request/private-member.js';
import { connectionOf } from '../../request/request-record.js';
import { MAX_TOKEN_BYTES } from './classify.js';

/**
 * A token that a request came with. Logs and copies do not contain it.
 *
 * Most clients send the same header with each request of a connection. A connection keeps the last token
 * that was accepted, so that it is read and digested once: that takes longer than all other checks of a
 * known token. Each request still asks for its verdict.
 */
export class PresentedToken {
  readonly #value: string;
  readonly #header: string | undefined;
  #digest: string | undefined;

  /** @param header the whole header that contained it */
  constructor(value: string, header?: string) {
    this.#value = value;
    this.#header = header;
  }

  static of(token: string | PresentedToken): PresentedToken {
    return typeof token === 'string' ? new PresentedToken(token) : token;
  }

  get value(): string {
    return this.#value;
  }

  get isTooLong(): boolean {
    return this.#value.length > MAX_TOKEN_BYTES;
  }

  /** SHA-256, in base64url. */
  get digest(): string {
    this.#digest ??= digestOf(this.#value);
    return this.#digest;
  }

  /**
   * The token that this connection keeps, if it came in the same header. V8 compares strings many bytes at a
   * time, and lengths before: how long it takes does not tell one caller of a proxy the token of another.
   */
  static keptBy(request: object, header: string): PresentedToken | undefined {
    const connection = connectionOf(request);
    const kept = connection && KEPT.get(connection);
    return kept && kept.#header === header ? kept : undefined;
  }

  /** Makes the connection of a request keep this token, once it was accepted. */
  keep(request: object): void {
    if (this.#header === undefined) return;
    const connection = connectionOf(request);
    if (connection && KEPT.get(connection) !== this) KEPT.set(connection, this);
  }
}

/** The digest that the verdict on a token is stored under. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

const KEPT = createPrivateMember<PresentedToken>();
