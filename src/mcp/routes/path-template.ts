/** A parameter in the path of a route. */
export interface PathParameter {
  /** Its name in the path; `*` for a wildcard without a name. */
  readonly name: string;
  readonly isRequired: boolean;
  /** Whether its value may have several segments. */
  readonly isWildcard: boolean;
}

/** The path of a route, with places for its parameters. */
export interface PathTemplate {
  readonly parameters: readonly PathParameter[];
  /**
   * Writes the path for values of the parameters.
   *
   * @returns `undefined` if a required parameter, or one of an optional group, has no value
   */
  fill(values: ReadonlyMap<string, string>): string | undefined;
}

/**
 * Compiles a path as the HTTP frameworks write it: `/notes/:id`, `/notes{/:id}` (Express),
 * `/notes/:id?` (Fastify), `/files/*path`, `/files/*`.
 *
 * @returns `undefined` for a path that cannot be written for values, such as one with an unknown sign
 */
export function compilePathTemplate(path: string): PathTemplate | undefined {
  const reader = { path, at: 0 };
  const parts = readParts(reader, 0);
  if (!parts || reader.at < path.length) return undefined;
  const template = parts;
  return {
    parameters: parametersIn(template, true),
    fill: (values) => {
      const written = write(template, values);
      return written === undefined || written.startsWith('/') ? written : `/${written}`;
    },
  };
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly isWildcard: boolean }
  | { readonly kind: 'group'; readonly parts: readonly Part[] };

interface Reader {
  readonly path: string;
  at: number;
}

function readParts(reader: Reader, depth: number): readonly Part[] | undefined {
  const parts: Part[] = [];
  while (reader.at < reader.path.length && reader.path[reader.at] !== '}') {
    const part = readPart(reader, depth);
    if (!part) return undefined;
    // Fastify: an optional parameter is left out together with the slash before it.
    if (part.kind === 'parameter' && reader.path[reader.at] === '?') {
      reader.at += 1;
      parts.push({ kind: 'group', parts: [...takeSlash(parts), part] });
    } else {
      parts.push(part);
    }
  }
  return parts;
}

function readPart(reader: Reader, depth: number): Part | undefined {
  const rest = reader.path.slice(reader.at);
  if (rest.startsWith('{')) return readGroup(reader, depth);
  const [whole, escaped, text, name, wildcard] = TOKEN.exec(rest) ?? [];
  if (whole === undefined) return undefined;
  reader.at += whole.length;
  if (name !== undefined) return { kind: 'parameter', name, isWildcard: false };
  if (wildcard !== undefined) return { kind: 'parameter', name: wildcard || '*', isWildcard: true };
  return { kind: 'text', text: text ?? (escaped === '::' ? ':' : (escaped?.slice(1) ?? '')) };
}

function readGroup(reader: Reader, depth: number): Part | undefined {
  if (depth >= MAX_DEPTH) return undefined;
  reader.at += 1;
  const parts = readParts(reader, depth + 1);
  if (!parts || reader.path[reader.at] !== '}') return undefined;
  reader.at += 1;
  return { kind: 'group', parts };
}

/** An escaped sign, plain text, a parameter with an optional expression, or a wildcard. */
const TOKEN = /^(?:(\\.|::)|([^\\:*{}()[\]?+!]+)|:([\w$]+)(?:\([^()]*\))?|\*([\w$]*))/;
const MAX_DEPTH = 8;

function takeSlash(parts: Part[]): readonly Part[] {
  const last = parts.at(-1);
  if (last?.kind !== 'text' || !last.text.endsWith('/')) return [];
  parts.pop();
  if (last.text !== '/') parts.push({ kind: 'text', text: last.text.slice(0, -1) });
  return [{ kind: 'text', text: '/' }];
}

function parametersIn(parts: readonly Part[], isRequired: boolean): readonly PathParameter[] {
  return parts.flatMap((part): readonly PathParameter[] => {
    if (part.kind === 'text') return [];
    if (part.kind === 'group') return parametersIn(part.parts, false);
    return [{ name: part.name, isRequired, isWildcard: part.isWildcard }];
  });
}

function write(parts: readonly Part[], values: ReadonlyMap<string, string>): string | undefined {
  let written = '';
  for (const part of parts) {
    const text = writePart(part, values);
    if (text === undefined) return undefined;
    written += text;
  }
  return written;
}

function writePart(part: Part, values: ReadonlyMap<string, string>): string | undefined {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'group') {
    const isGiven = parametersIn(part.parts, false).some(({ name }) => values.has(name));
    return isGiven ? write(part.parts, values) : '';
  }
  const value = values.get(part.name);
  if (value === undefined) return undefined;
  return part.isWildcard
    ? value.split('/').map(encodeURIComponent).join('/')
    : encodeURIComponent(value);
}
