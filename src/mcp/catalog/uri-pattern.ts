import { parseUriTemplate, type Segment, type UriTemplateParts } from './uri-template-parts.js';

/** The variables of a matched URI, decoded: text, or a list for an exploded variable. */
export type UriVariables = Readonly<Record<string, string | readonly string[]>>;

/**
 * Matches URIs with an RFC 6570 URI template. Variables of the path must not be empty; those of the
 * query (`{?a,b}`) are optional and may come in any order. Only a template with a fragment matches URIs
 * with one. Matching takes linear time, since
 * callers choose the URIs; a regular expression with several variables can take cubic time.
 */
export class UriPattern {
  private readonly parts: UriTemplateParts;

  /** @throws {SyntaxError} a malformed template, or one that cannot be matched */
  constructor(template: string) {
    this.parts = parseUriTemplate(template);
  }

  get variables(): readonly string[] {
    return this.parts.variables;
  }

  /** `undefined` for a URI that does not match, is too long or is malformed. */
  match(uri: string): UriVariables | undefined {
    if (uri.length > MAX_URI_LENGTH) return undefined;
    const { fragment } = this.parts;
    const hash = uri.indexOf('#');
    // A fragment is a part of its own: it never belongs to a value of the path or the query.
    if ((hash === -1) !== (fragment === undefined)) return undefined;
    const main = this.matchMain(hash === -1 ? uri : uri.slice(0, hash));
    const rest = fragment ? matchSegments(fragment, uri.slice(hash + 1)) : NONE;
    return main && rest && decodeAll([...main, ...rest]);
  }

  private matchMain(uri: string): Found | undefined {
    const { segments, query } = this.parts;
    if (!query) return matchSegments(segments, uri);
    const start = uri.indexOf('?');
    const path = matchSegments(segments, start === -1 ? uri : uri.slice(0, start));
    const pairs = path && matchQuery(query, start === -1 ? '' : uri.slice(start + 1));
    return pairs && [...path, ...pairs];
  }
}

/** Longest URI that is matched, in characters. */
export const MAX_URI_LENGTH = 8_192;

type Found = readonly (readonly [name: string, value: string | readonly string[]])[];

const NONE: Found = [];

/** Greedy: each variable takes as much as it can while the rest still matches. */
function matchSegments(segments: readonly Segment[], uri: string): Found | undefined {
  if (!mayMatch(segments, uri)) return undefined;
  const reachable = reachability(segments, uri);
  if (!reachable[0]?.[0]) return undefined;
  const found: [string, string | readonly string[]][] = [];
  let at = 0;
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'literal') {
      at += segment.text.length;
      continue;
    }
    const { name, separator, stops } = segment;
    const last = endOfValue(stops, uri, at);
    const end = reachable[index + 1]?.lastIndexOf(1, last) ?? at;
    const value = uri.slice(at, end);
    found.push([name, separator === undefined ? value : value.split(separator)]);
    at = end;
  }
  return found;
}

/**
 * A fast check that excludes most URIs: the literals occur in their order, the first and the last
 * one at the ends of the URI.
 */
function mayMatch(segments: readonly Segment[], uri: string): boolean {
  const [first] = segments;
  const last = segments.at(-1);
  if (first?.kind === 'literal' && !uri.startsWith(first.text)) return false;
  if (last?.kind === 'literal' && !uri.endsWith(last.text)) return false;
  let at = 0;
  for (const segment of segments) {
    if (segment.kind === 'literal') {
      const found = uri.indexOf(segment.text, at);
      if (found === -1) return false;
      at = found + segment.text.length;
    } else {
      at += 1;
    }
  }
  return at <= uri.length;
}

/** The latest end of the value of a variable that begins at `at`. */
function endOfValue(stops: Uint8Array, uri: string, at: number): number {
  let end = at;
  while (end < uri.length && !stops[uri.charCodeAt(end)]) end += 1;
  return end;
}

/** `table[i][at]`: whether the segments from `i` on match the URI from `at` on, to its end. */
function reachability(segments: readonly Segment[], uri: string): readonly Uint8Array[] {
  const { length } = uri;
  const table: Uint8Array[] = [];
  let rest = new Uint8Array(length + 1);
  rest[length] = 1;
  table[segments.length] = rest;
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    const segment = segments[index];
    const row = new Uint8Array(length + 1);
    if (segment?.kind === 'literal') reachByText(segment.text, uri, rest, row);
    else if (segment) reachByValue(segment.stops, uri, rest, row);
    table[index] = row;
    rest = row;
  }
  return table;
}

function reachByText(text: string, uri: string, rest: Uint8Array, row: Uint8Array): void {
  for (let at = uri.indexOf(text); at !== -1; at = uri.indexOf(text, at + 1)) {
    row[at] = rest[at + text.length] ?? 0;
  }
}

function reachByValue(stops: Uint8Array, uri: string, rest: Uint8Array, row: Uint8Array): void {
  for (let at = uri.length - 1; at >= 0; at -= 1) {
    if (!stops[uri.charCodeAt(at)]) row[at] = row[at + 1] || rest[at + 1] || 0;
  }
}

/** Every pair must be known and occur once; those of an exploded variable may repeat. */
function matchQuery(
  { fixed, names }: NonNullable<UriTemplateParts['query']>,
  query: string,
): Found | undefined {
  const missing = new Set(fixed);
  const found = new Map<string, string | string[]>();
  for (const pair of query === '' ? [] : query.split('&')) {
    if (missing.delete(pair)) continue;
    const [name = '', ...value] = pair.split('=');
    const exploded = names.get(name);
    if (exploded === undefined || value.length === 0) return undefined;
    const earlier = found.get(name);
    if (exploded) found.set(name, [...(earlier ?? []), value.join('=')]);
    else if (earlier === undefined) found.set(name, value.join('='));
    else return undefined;
  }
  return missing.size === 0 ? [...found] : undefined;
}

function decodeAll(found: Found): UriVariables | undefined {
  try {
    return Object.fromEntries(found.map(([name, value]) => [name, decode(value)]));
  } catch {
    return undefined;
  }
}

function decode(value: string | readonly string[]): string | readonly string[] {
  return typeof value === 'string' ? decodeURIComponent(value) : value.map(decodeURIComponent);
}
