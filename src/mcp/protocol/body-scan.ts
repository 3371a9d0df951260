/** The limits of a body that hold before it is parsed. */
export interface BodyLimits {
  /** Levels of lists and objects. */
  readonly nesting: number;
  /** Members, items, lists and objects. */
  readonly values: number;
  /** Members of objects: each name takes time and memory of its own. */
  readonly members: number;
}

/**
 * Counts levels and values of a JSON text as its bytes arrive. `JSON.parse` takes a hundred times as long
 * for four megabytes of brackets, and what it returns takes far more memory than the text.
 *
 * A text that is not JSON gives some count; the parser refuses it.
 */
export class BodyScan {
  /** Bytes that were read. */
  bytes = 0;
  /** Values that were counted. */
  values = 0;
  /** Members of objects that were counted. */
  members = 0;
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  /** The next quote and the next backslash of the chunk, as far as they are known. */
  private quote = -1;
  private backslash = -1;

  constructor(private readonly limits: BodyLimits) {}

  /**
   * Reads the next bytes.
   *
   * @returns the limit that is exceeded, if one is
   */
  read(chunk: Uint8Array): keyof BodyLimits | undefined {
    this.bytes += chunk.length;
    this.quote = -1;
    this.backslash = -1;
    const { nesting, values: maxValues, members: maxMembers } = this.limits;
    let { depth, values, members } = this;
    let deepest = depth;
    // An index: iterating over a buffer takes five times as long.
    for (let at = this.isInString ? this.endOfString(chunk, 0) : 0; at < chunk.length; at += 1) {
      switch (chunk[at]) {
        case QUOTE:
          at = this.endOfString(chunk, at + 1) - 1;
          break;
        case OPEN_LIST:
        case OPEN_OBJECT:
          values += 1;
          depth += 1;
          if (depth > deepest) deepest = depth;
          break;
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          depth -= 1;
          break;
        case COLON:
          members += 1;
          break;
        case COMMA:
          values += 1;
      }
    }
    this.depth = depth;
    this.values = values;
    this.members = members;
    if (deepest > nesting) return 'nesting';
    if (values > maxValues) return 'values';
    return members > maxMembers ? 'members' : undefined;
  }

  /** @returns where the text goes on behind a string that is open at `from` */
  private endOfString(chunk: Uint8Array, from: number): number {
    let { isEscaped } = this;
    let plain = 0;
    this.isInString = true;
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) {
        isEscaped = true;
        plain = 0;
      } else if (byte === QUOTE) {
        this.isInString = false;
        this.isEscaped = false;
        return at + 1;
      } else if ((plain += 1) === LONG) {
        plain = 0;
        at = this.nextMark(chunk, at + 1) - 1;
      }
    }
    this.isEscaped = isEscaped;
    return chunk.length;
  }

  /** Where the next quote or backslash is. Each is searched for once: the time is linear. */
  private nextMark(chunk: Uint8Array, from: number): number {
    if (this.quote < from) this.quote = find(chunk, QUOTE, from);
    if (this.backslash < from) this.backslash = find(chunk, BACKSLASH, from);
    return Math.min(this.quote, this.backslash);
  }

  /** Bytes of memory that the body takes at most, while it is received, parsed and served. */
  get weight(): number {
    return 2 * this.bytes + BYTES_OF_VALUE * this.values + BYTES_OF_NAME * this.members;
  }
}

function find(chunk: Uint8Array, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from);
  return at === -1 ? chunk.length : at;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Characters after which a search is faster than a look at each. */
const LONG = 32;

/** An empty list or object, with its slot in the one that holds it. */
const BYTES_OF_VALUE = 40;
/** A name that no other member has, with its place in a table of members. */
const BYTES_OF_NAME = 80;
