/** A piece of the path of a template: literal text or a variable. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'variable';
      readonly name: string;
      /** Maps character codes to 1 if the value must not contain the character. */
      readonly stops: Uint8Array;
      /** Separator of the values of an exploded variable. */
      readonly separator: string | undefined;
    };

export interface UriTemplateParts {
  readonly variables: readonly string[];
  readonly segments: readonly Segment[];
  /** For a template with `{?…}` or `{&…}`: the required pairs and the optional names. */
  readonly query:
    | {
        readonly fixed: readonly string[];
        /** Optional names, and whether they may repeat. */
        readonly names: ReadonlyMap<string, boolean>;
      }
    | undefined;
  /** The pieces after `#`; `undefined` for a template that matches no URI with a fragment. */
  readonly fragment: readonly Segment[] | undefined;
}

/**
 * Parses an RFC 6570 template: levels 1 to 3, and explode modifiers.
 *
 * @throws {SyntaxError} it is malformed, or its values cannot be recovered from a URI
 */
export function parseUriTemplate(template: string): UriTemplateParts {
  const { before: pieces, fragment } = splitAtFragment(tokenize(template));
  const start = pieces.findIndex((piece) => 'names' in piece && isQuery(piece.operator));
  const tail = start === -1 ? undefined : queryStart(pieces, start);
  const segments = (tail ? tail.path : pieces).flatMap(toSegments);
  const query = tail && toQuery(tail.query);
  const variables = [
    ...namesOf(segments),
    ...(query?.names.keys() ?? []),
    ...namesOf(fragment ?? []),
  ];
  const twice = variables.find((name, index) => variables.indexOf(name) !== index);
  if (twice !== undefined) throw new SyntaxError(`the variable ${twice} occurs twice`);
  return { variables, segments, query, fragment };
}

function namesOf(segments: readonly Segment[]): readonly string[] {
  return segments.flatMap((segment) => (segment.kind === 'variable' ? [segment.name] : []));
}

/** The fragment begins at the first `#` of the text, or at `{#…}`. */
function splitAtFragment(pieces: readonly Piece[]): {
  readonly before: readonly Piece[];
  readonly fragment: readonly Segment[] | undefined;
} {
  const at = pieces.findIndex((piece) =>
    'text' in piece ? piece.text.includes('#') : piece.operator === '#',
  );
  const piece = pieces[at];
  if (!piece) return { before: pieces, fragment: undefined };
  const rest = pieces.slice(at + 1).flatMap(toSegments);
  if ('names' in piece) {
    // The first segment is the `#` itself.
    return {
      before: pieces.slice(0, at),
      fragment: [...toSegments(piece).slice(1), ...rest],
    };
  }
  const mark = piece.text.indexOf('#');
  return {
    before: [...pieces.slice(0, at), ...textPiece(piece.text.slice(0, mark))],
    fragment: [...textPiece(piece.text.slice(mark + 1)).flatMap(toSegments), ...rest],
  };
}

function textPiece(text: string): readonly Piece[] {
  return text === '' ? [] : [{ text }];
}

type Piece = { readonly text: string } | Expression;

interface Expression {
  readonly operator: string;
  readonly names: readonly { readonly name: string; readonly exploded: boolean }[];
}

function tokenize(template: string): readonly Piece[] {
  return template.split(/(\{[^{}]*\})/).flatMap((text, index): readonly Piece[] => {
    if (index % 2 === 1) return [toExpression(text.slice(1, -1))];
    if (/[{}]/.test(text)) throw new SyntaxError('a brace is not closed, or not opened');
    return text === '' ? [] : [{ text }];
  });
}

function toExpression(text: string): Expression {
  const [, operator = '', list = ''] = /^([+#./;?&]?)(.*)$/s.exec(text) ?? [];
  const names = list.split(',').map((spec) => {
    const [, name, star] = VARIABLE.exec(spec) ?? [];
    if (name === undefined) throw new SyntaxError(`{${text}} names no variables`);
    return { name, exploded: star !== undefined && star !== '' };
  });
  return { operator, names };
}

/** RFC 6570 §2.3, with the explode modifier. */
const VARIABLE = /^((?:\w|%[\da-f]{2})+(?:\.(?:\w|%[\da-f]{2})+)*)(\*?)$/i;

const isQuery = (operator: string): boolean => operator === '?' || operator === '&';

/** The query begins at `{?…}`, or at the `?` in the text before `{&…}`. */
function queryStart(pieces: readonly Piece[], first: number) {
  const at = pieces.findIndex((piece) => 'text' in piece && piece.text.includes('?'));
  if (at === -1 || at > first) return { path: pieces.slice(0, first), query: pieces.slice(first) };
  const piece = pieces[at];
  const text = piece && 'text' in piece ? piece.text : '';
  const mark = text.indexOf('?');
  return {
    path: [...pieces.slice(0, at), { text: text.slice(0, mark) }],
    query: [{ text: text.slice(mark + 1) }, ...pieces.slice(at + 1)],
  };
}

function toQuery(pieces: readonly Piece[]): NonNullable<UriTemplateParts['query']> {
  const fixed: string[] = [];
  const names = new Map<string, boolean>();
  for (const piece of pieces) {
    if ('text' in piece) fixed.push(...piece.text.split('&').filter(Boolean));
    else if (!isQuery(piece.operator)) throw new SyntaxError('after {?…} only {&…} can be matched');
    else for (const { name, exploded } of piece.names) addName(names, name, exploded);
  }
  return { fixed, names };
}

function addName(names: Map<string, boolean>, name: string, exploded: boolean): void {
  if (names.has(name)) throw new SyntaxError(`the variable ${name} occurs twice`);
  names.set(name, exploded);
}

/**
 * For each operator: the text before the first value, the separator, and characters that end a
 * value.
 */
const OPERATORS: Readonly<Record<string, { first: string; between: string; stops: string }>> = {
  '': { first: '', between: ',', stops: '/?#,' },
  '+': { first: '', between: ',', stops: '' },
  '#': { first: '#', between: ',', stops: '' },
  '.': { first: '.', between: '.', stops: '/?#,' },
  '/': { first: '/', between: '/', stops: '/?#,' },
  ';': { first: ';', between: ';', stops: '/?#,;' },
};

function toSegments(piece: Piece): readonly Segment[] {
  if ('text' in piece) return piece.text === '' ? [] : [{ kind: 'literal', text: piece.text }];
  const { operator, names } = piece;
  const rule = OPERATORS[operator];
  if (!rule) throw new SyntaxError(`{${operator}…} cannot be matched here`);
  return names.flatMap(({ name, exploded }, index): readonly Segment[] => {
    if (exploded && operator === ';') throw new SyntaxError(`{;${name}*} cannot be matched`);
    const before = `${index === 0 ? rule.first : rule.between}${operator === ';' ? `${name}=` : ''}`;
    const stops = codesOf(exploded ? rule.stops.replace(rule.between, '') : rule.stops);
    return [
      ...(before === '' ? [] : [{ kind: 'literal' as const, text: before }]),
      { kind: 'variable', name, stops, separator: exploded ? rule.between : undefined },
    ];
  });
}

function codesOf(characters: string): Uint8Array {
  const codes = new Uint8Array(128);
  for (const character of characters) codes[character.charCodeAt(0)] = 1;
  return codes;
}
