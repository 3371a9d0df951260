import { createHmac, hkdfSync } from 'node:crypto';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { MAX_CURSOR_BYTES } from './mcp-limits.js';

/** The entries of a list are ordered by key. */
interface Keyed {
  readonly key: string;
}

/** One page of a list, and where the next one starts. */
export interface Page<E> {
  readonly entries: readonly E[];
  readonly nextCursor?: string;
}

/**
 * Divides the lists of one endpoint into pages. A cursor names the last entry of a page, so that it
 * stays valid when entries are added or removed, on every node and after a restart.
 */
export class Pages {
  private readonly key: Buffer;

  /**
   * @param path of the endpoint: several servers of one application may share a secret
   * @param size entries on one page
   * @param secret `requestStateKey`. Without one, anybody can create valid cursors; they only
   *   select among the entries that the caller may see
   */
  constructor(
    path: string,
    private readonly size: number,
    secret: Uint8Array = NO_SECRET,
  ) {
    this.key = Buffer.from(hkdfSync('sha256', secret, '', `mcp-cursor:${path}`, 32));
  }

  /**
   * One page of an ordered list.
   *
   * @param list name of the list: a cursor is valid for one list only
   * @throws {ProtocolError} -32602 the cursor is invalid
   */
  pageOf<E extends Keyed>(
    list: string,
    entries: readonly E[],
    cursor: string | undefined,
  ): Page<E> {
    return this.pageAt(list, entries, this.positionIn(list, entries, cursor));
  }

  /** The page that starts at a position. */
  pageAt<E extends Keyed>(list: string, entries: readonly E[], position: number): Page<E> {
    const page = entries.slice(position, position + this.size);
    const last = page.at(-1);
    if (!last || position + page.length === entries.length) return { entries: page };
    return { entries: page, nextCursor: this.cursorOf(list, last.key) };
  }

  /**
   * The position of the first entry after a cursor.
   *
   * @throws {ProtocolError} -32602 the cursor is invalid
   */
  positionIn(list: string, entries: readonly Keyed[], cursor: string | undefined): number {
    if (cursor === undefined) return 0;
    const named = this.parseCursor(list, cursor);
    if (cursor.startsWith(KEY)) {
      const key = named.toString();
      const after = entries.findIndex((entry) => entry.key > key);
      return after === -1 ? entries.length : after;
    }
    const at = entries.findIndex(({ key }) => this.digest(list, key).equals(named));
    if (at === -1) throw unknownCursor();
    return at + 1;
  }

  private cursorOf(list: string, key: string): string {
    const text = Buffer.from(key);
    // A key that does not fit in a cursor is replaced by its digest.
    const named = text.length <= MAX_KEY_BYTES ? text : this.digest(list, key);
    return this.encode(named === text ? KEY : DIGEST, list, named);
  }

  private parseCursor(list: string, cursor: string): Buffer {
    // Checked with the message, too; here it saves computing a signature.
    if (cursor.length > MAX_CURSOR_BYTES) throw unknownCursor();
    const named = Buffer.from(cursor.slice(1).split('.', 1)[0] ?? '', 'base64url');
    // Compares with a newly encoded cursor: checks the signature, and allows one spelling only.
    const kind = cursor.startsWith(KEY) ? KEY : DIGEST;
    if (cursor !== this.encode(kind, list, named)) throw unknownCursor();
    return named;
  }

  private encode(kind: string, list: string, named: Buffer): string {
    const signed = `${kind}${list}:${named.toString('base64url')}`;
    const signature = createHmac('sha256', this.key).update(signed).digest('base64url');
    return `${kind}${named.toString('base64url')}.${signature.slice(0, SIGNATURE_LENGTH)}`;
  }

  private digest(list: string, key: string): Buffer {
    return createHmac('sha256', this.key).update(`${list}#${key}`).digest();
  }
}

function unknownCursor(): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, 'Unknown cursor.');
}

const NO_SECRET = new Uint8Array(32);
const KEY = 'k';
const DIGEST = 'd';
/** In characters of base64url: 132 bits. */
const SIGNATURE_LENGTH = 22;
/** With base64url and the signature, a cursor stays within {@link MAX_CURSOR_BYTES}. */
const MAX_KEY_BYTES = 360;
