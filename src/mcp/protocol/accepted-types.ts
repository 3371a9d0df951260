/** A media type in lower case, such as `application/json`. */
type MediaType = `${string}/${string}`;

export const JSON_TYPE = 'application/json' satisfies MediaType;
export const STREAM_TYPE = 'text/event-stream' satisfies MediaType;

/** The header of the official clients, which accept both forms of an answer. */
export const BOTH_TYPES = `${JSON_TYPE}, ${STREAM_TYPE}`;

/**
 * Reads an `Accept` header. Malformed entries are ignored. A header without a valid entry, or of more
 * than 2,000 characters, counts as absent: everything is accepted.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 */
export function acceptedTypes(header: string | undefined): AcceptedTypes {
  if (header === BOTH_TYPES) return BOTH;
  if (header === undefined || header.length > MAX_LENGTH) return EVERYTHING;
  const weights = new Map<string, number>();
  for (const entry of splitOutsideQuotes(header, ',')) {
    const read = readEntry(entry);
    if (!read) continue;
    const { range, weight } = read;
    weights.set(range, Math.max(weight, weights.get(range) ?? 0));
  }
  return weights.size === 0 ? EVERYTHING : new AcceptedTypes(weights);
}

/** The media types that a client accepts. */
export class AcceptedTypes {
  private readonly allowsJson: boolean;
  private readonly allowsStream: boolean;

  /** @param weights by range */
  constructor(private readonly weights: ReadonlyMap<string, number>) {
    this.allowsJson = this.accepts(JSON_TYPE);
    this.allowsStream = this.accepts(STREAM_TYPE);
  }

  /** Whether an answer of this type is acceptable. */
  allows(type: MediaType): boolean {
    if (type === JSON_TYPE) return this.allowsJson;
    return type === STREAM_TYPE ? this.allowsStream : this.accepts(type);
  }

  /** Whether the client asks for this type, or for a range such as `text/*`, and not for anything. */
  names(type: MediaType): boolean {
    return this.weightOf(type, rangeOf(type)) > 0;
  }

  private accepts(type: MediaType): boolean {
    return this.weightOf(type, rangeOf(type), ANY) > 0;
  }

  /** The weight of the first range that the header has. */
  private weightOf(...ranges: readonly string[]): number {
    for (const range of ranges) {
      // The types that are sent have no parameters, so that a range without them is closer.
      const weight = this.weights.get(range) ?? this.weights.get(range + WITH_PARAMETERS);
      if (weight !== undefined) return weight;
    }
    return 0;
  }
}

/** Marks a range with parameters. No media type has this character. */
const WITH_PARAMETERS = ';';
const ANY = '*/*';
const MAX_LENGTH = 2_000;

const EVERYTHING = new AcceptedTypes(new Map([[ANY, 1]]));
const BOTH = new AcceptedTypes(
  new Map([
    [JSON_TYPE, 1],
    [STREAM_TYPE, 1],
  ]),
);

/** @returns `undefined` for a malformed entry */
function readEntry(entry: string): { readonly range: string; readonly weight: number } | undefined {
  const [type = '', ...parameters] = splitOutsideQuotes(entry, ';').map((part) => part.trim());
  if (!RANGE.test(type)) return undefined;
  let weight: number | undefined;
  let suffix = '';
  for (const parameter of parameters) {
    if (parameter === '') continue;
    if (!PARAMETER.test(parameter)) return undefined;
    if (!/^q=/i.test(parameter)) {
      // What follows the weight is an extension of older revisions of HTTP.
      if (weight === undefined) suffix = WITH_PARAMETERS;
      continue;
    }
    if (weight !== undefined || !WEIGHT.test(parameter)) return undefined;
    weight = Number(parameter.slice('q='.length));
  }
  return { range: type.toLowerCase() + suffix, weight: weight ?? 1 };
}

/** Splits a list, but not within its quoted strings. */
function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    if (character === '\\' && isQuoted) at += 1;
    if (character !== separator || isQuoted) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts;
}

function rangeOf(type: MediaType): string {
  return `${type.slice(0, type.indexOf('/'))}/*`;
}

const TOKEN = "[!#$%&'+.^_`|~\\w-]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const RANGE = new RegExp(`^(?:\\*/\\*|${TOKEN}/(?:\\*|${TOKEN}))$`);
const PARAMETER = new RegExp(`^${TOKEN}=(?:${TOKEN}|${QUOTED})$`);
/** @see https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2 */
const WEIGHT = /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;
