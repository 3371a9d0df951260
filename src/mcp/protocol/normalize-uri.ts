/**
 * The normal form of a URI by RFC 3986 §6.2.2: scheme in lower case, percent-encoding in upper case
 * and only where needed, no dot segments in the path. Other characters are encoded as in RFC 3987
 * §3.1.
 *
 * The authority keeps its case: in `notes://Ab3` it is an id. {@link uriIdentity} folds it.
 */
export function normalizeUri(uri: string): string {
  const [, scheme, authority, path = '', query = '', fragment = ''] = URI.exec(uri) ?? [];
  if (scheme === undefined) return uri;
  const plain = normalizeEncoding(path);
  const hierarchical = authority !== undefined || plain.startsWith('/');
  return [
    `${scheme.toLowerCase()}:`,
    authority === undefined ? '' : `//${normalizeEncoding(authority)}`,
    hierarchical ? removeDotSegments(plain) : plain,
    normalizeEncoding(query),
    normalizeEncoding(fragment),
  ].join('');
}

/** The normal form with the host in lower case. Equivalent URIs have the same identity. */
export function uriIdentity(uri: string): string {
  const normal = normalizeUri(uri);
  const [authority] = AUTHORITY.exec(normal) ?? [];
  if (authority === undefined || authority === authority.toLowerCase()) return normal;
  const at = authority.lastIndexOf('@') + 1;
  const folded = `${authority.slice(0, at)}${lowerCase(authority.slice(at))}`;
  return `${folded}${normal.slice(authority.length)}`;
}

/** The normal form of the literal text of a template; its variables are left as they are. */
export function normalizeTemplate(template: string): string {
  const scheme = /^[a-z][a-z\d+.-]*:/i.exec(template)?.[0] ?? '';
  const pieces = template.slice(scheme.length).split(/(\{[^{}]*\})/);
  // The template parser refuses braces outside expressions.
  const rest = pieces.map((piece) => (/[{}]/.test(piece) ? piece : normalizeEncoding(piece)));
  return `${scheme.toLowerCase()}${foldAuthority(rest)}`;
}

/** RFC 3986, appendix B. */
const URI = /^([a-z][a-z\d+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is;
const AUTHORITY = /^[^:]+:\/\/[^/?#]*/;

/** RFC 3986 §6.2.2.1 and §6.2.2.2, and characters that no URI may contain. */
function normalizeEncoding(text: string): string {
  const uri = NO_URI.test(text) ? text.replace(ALL_NO_URI, encode) : text;
  if (!OTHER_FORM.test(uri)) return uri;
  return uri.replace(ENCODED, (encoded) => NORMAL_FORMS.get(encoded) ?? encoded.toUpperCase());
}

function encode(character: string): string {
  return Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&');
}

/** Characters that RFC 3986 does not allow. */
const NO_URI = /[^!#$%&-;=?-Z[\]_a-z~]/u;
const ALL_NO_URI = new RegExp(NO_URI, 'gu');
const ENCODED = /%[\da-f]{2}/gi;
/** An encoding in lower case, or one that is not needed. */
const OTHER_FORM = /%(?:[a-f][\dA-Fa-f]|[\dA-F][a-f]|2[DE]|3\d|[46][1-9A-F]|5[\dAF]|7[\dAE])/;
/** Characters that need no encoding, by their encodings. */
const NORMAL_FORMS: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
    .filter((character) => /^[\w.~-]$/.test(character))
    .flatMap((character) => spellingsOf(character).map((encoded) => [encoded, character])),
);

function spellingsOf(character: string): readonly string[] {
  const hex = character.charCodeAt(0).toString(16);
  return [`%${hex}`, `%${hex.toUpperCase()}`];
}

/** RFC 3986 §5.2.4. */
function removeDotSegments(path: string): string {
  if (!path.includes('.')) return path;
  const kept: string[] = [];
  const segments = path.split('/');
  for (const [at, segment] of segments.entries()) {
    const isLast = at === segments.length - 1;
    if (segment === '.' || segment === '..') {
      if (segment === '..' && kept.length > 1) kept.pop();
      if (isLast) kept.push('');
    } else {
      kept.push(segment);
    }
  }
  return kept.join('/');
}

/** Lower case, with percent-encoding in upper case. */
function lowerCase(text: string): string {
  return text.toLowerCase().replace(/%[\da-f]{2}/g, (encoded) => encoded.toUpperCase());
}

/** Converts the literal text of the authority to lower case. */
function foldAuthority([first = '', ...rest]: readonly string[]): string {
  if (!first.startsWith('//')) return [first, ...rest].join('');
  const pieces = [`//`, first.slice(2), ...rest];
  let isPath = false;
  return pieces
    .map((piece, at) => {
      if (at === 0 || isPath || piece.startsWith('{')) return piece;
      const end = piece.search(/[/?#]/);
      isPath = end !== -1;
      return isPath ? `${lowerCase(piece.slice(0, end))}${piece.slice(end)}` : lowerCase(piece);
    })
    .join('');
}
