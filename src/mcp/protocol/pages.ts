import { createHmac, hkdfSync } from 'node:crypto';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { MAX_CURSOR_BYTES } from './mcp-limits.js';

/** What the entries of a list are ordered by. */
interface Keyed {
  readonly key: string;
}

/** One page of a list, and where the next one starts. */
export interface Page<E> {
  readonly entries: readonly E[];
  readonly nextCursor?: string;
}

/**
 * Cuts the lists of one endpoint into pages. A cursor names the last entry that was seen, so that it stays
 * good while entries come and go, on any node and over a restart.
 */
export class Pages {
  private readonly key: Buffer;

  /**
   * @param path of the endpoint: several servers of one application may share a secret
   * @param size entries on one page
   * @param secret `requestStateKey`. Without one, cursors are good on every node all the same, and anybody
   *   can make one: it shows what its caller may see, and nothing is kept of it
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
   * @param list which list it is: a cursor is good for the list that it came from
   * @throws {ProtocolError} -32602 for a cursor that this list never gave
   */
  pageOf<E extends Keyed>(
    list: string,
    entries: readonly E[],
    cursor: string | undefined,
  ): Page<E> {
    return this.pageAt(list, entries, this.positionIn(list, entries, cursor));
  }

  /** The page behind so many entries. */
  pageAt<E extends Keyed>(list: string, entries: readonly E[], position: number): Page<E> {
    const page = entries.slice(position, position + this.size);
    const last = page.at(-1);
    if (!last || position + page.length === entries.length) return { entries: page };
    return { entries: page, nextCursor: this.write(list, last.key) };
  }

  /**
   * How many of the entries were seen already.
   *
   * @throws {ProtocolError} -32602 for a cursor that this list never gave
   */
  positionIn(list: string, entries: readonly Keyed[], cursor: string | undefined): number {
    if (cursor === undefined) return 0;
    const named = this.read(list, cursor);
    if (cursor.startsWith(KEY)) {
      const key = named.toString();
      const after = entries.findIndex((entry) => entry.key > key);
      return after === -1 ? entries.length : after;
    }
    const at = entries.findIndex(({ key }) => this.digest(list, key).equals(named));
    if (at === -1) throw unknownCursor();
    return at + 1;
  }

  private write(list: string, key: string): string {
    const text = Buffer.from(key);
    // What is too long to be carried is named by its digest.
    const named = text.length <= MAX_KEY_BYTES ? text : this.digest(list, key);
    return this.spell(named === text ? KEY : DIGEST, list, named);
  }

  private read(list: string, cursor: string): Buffer {
    // Held to the limit with the message as well; nothing longer is worth a signature.
    if (cursor.length > MAX_CURSOR_BYTES) throw unknownCursor();
    const named = Buffer.from(cursor.slice(1).split('.', 1)[0] ?? '', 'base64url');
    // Written anew, so that a cursor has one spelling.
    const kind = cursor.startsWith(KEY) ? KEY : DIGEST;
    if (cursor !== this.spell(kind, list, named)) throw unknownCursor();
    return named;
  }

  private spell(kind: string, list: string, named: Buffer): string {
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
/** Characters of base64url: 132 bits. */
const SIGNATURE_LENGTH = 22;
/** As base64url, with its signature, within {@link MAX_CURSOR_BYTES}. */
const MAX_KEY_BYTES = 360;
