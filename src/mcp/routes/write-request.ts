import { InvalidInputError, type SchemaIssue } from '../mcp.errors.js';
import { readIssues } from '../authoring/schema.js';
import type { RouteInput } from './route-input.js';

/** The target and the body of a request. */
export interface WrittenRequest {
  /** With the query. */
  readonly path: string;
  /** JSON; `undefined` for a request without a body. */
  readonly body: string | undefined;
}

/**
 * Writes the request of a route for the arguments of a call.
 *
 * @param tool its name, for messages
 * @throws {InvalidInputError} an argument that the request cannot carry
 */
export function writeRequest(tool: string, input: RouteInput, values: unknown): WrittenRequest {
  const issues: Issue[] = [];
  const parts: Parts = {
    path: new Map(),
    query: new URLSearchParams(),
    body: [],
    whole: undefined,
  };
  for (const [name, value] of Object.entries(argumentsOf(tool, values))) {
    const placement =
      input.placements.get(name) ?? (input.rest && { place: input.rest, key: name });
    const problem = placement ? put(input, parts, placement, value) : 'there is no such argument';
    if (problem !== undefined) issues.push({ path: [name], message: problem });
  }
  const path = issues.length > 0 ? '' : input.template.fill(parts.path);
  if (path === undefined) issues.push(...missingIn(input, parts.path));
  const query = parts.query.toString();
  const target = query === '' ? path : `${path}?${query}`;
  if (target !== undefined && target.length > MAX_TARGET) {
    issues.push({ path: [], message: `path and query have more than ${MAX_TARGET} characters` });
  }
  if (issues.length > 0 || target === undefined) {
    throw new InvalidInputError(tool, readIssues(issues));
  }
  return { path: target, body: input.hasBody ? bodyOf(parts) : undefined };
}

/** Characters. Node refuses requests whose headers have more than 16 KiB. */
const MAX_TARGET = 8_000;

interface Issue {
  readonly path: readonly string[];
  readonly message: string;
}

interface Parts {
  readonly path: Map<string, string>;
  readonly query: URLSearchParams;
  readonly body: [string, unknown][];
  whole: { readonly value: unknown } | undefined;
}

function argumentsOf(tool: string, values: unknown): object {
  if (values === undefined || values === null) return {};
  if (typeof values === 'object' && !Array.isArray(values)) return values;
  const issue: SchemaIssue = { path: '', message: 'the arguments are not an object' };
  throw new InvalidInputError(tool, [issue]);
}

/** @returns the problem with the value, if there is one */
function put(
  { template }: RouteInput,
  parts: Parts,
  { place, key }: { readonly place: string; readonly key: string | undefined },
  value: unknown,
): string | undefined {
  if (value === undefined) return undefined;
  if (place === 'body') {
    if (key === undefined) parts.whole = { value };
    else parts.body.push([key, value]);
    return undefined;
  }
  if (value === null || key === undefined) return undefined;
  if (place === 'query') return putInQuery(parts.query, key, value);
  const isWildcard = template.parameters.some((one) => one.name === key && one.isWildcard);
  return putInPath(parts.path, { key, isWildcard }, value);
}

function putInPath(
  path: Parts['path'],
  { key, isWildcard }: { readonly key: string; readonly isWildcard: boolean },
  value: unknown,
): string | undefined {
  const text = textOf(value);
  if (text === undefined) return 'it is part of a path, and must be text, a number or a boolean';
  if (!isWellFormed(text)) return NOT_WELL_FORMED;
  // Whoever resolves dot segments or drops empty ones would see the path of another route.
  if ((isWildcard ? text.split('/') : [text]).some((segment) => EMPTY_SEGMENTS.has(segment))) {
    return 'it is part of a path, and must not be empty, "." or ".."';
  }
  path.set(key, text);
  return undefined;
}

const EMPTY_SEGMENTS = new Set(['', '.', '..']);

function putInQuery(query: URLSearchParams, key: string, value: unknown): string | undefined {
  for (const one of Array.isArray(value) ? value : [value]) {
    const text = textOf(one);
    if (text === undefined) {
      return 'it is part of a query, and must be text, a number, a boolean or a list of them';
    }
    if (!isWellFormed(text)) return NOT_WELL_FORMED;
    query.append(key, text);
  }
  return undefined;
}

function isWellFormed(text: string): boolean {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const NOT_WELL_FORMED = 'it is not well-formed Unicode';

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value instanceof Date ? value.toISOString() : undefined;
}

function missingIn({ template, placements }: RouteInput, given: Parts['path']): readonly Issue[] {
  const named = [...placements].filter(([, { place, key }]) => {
    const parameter = place === 'path' && template.parameters.find(({ name }) => name === key);
    return parameter && !given.has(parameter.name);
  });
  return named.map(([name]) => ({ path: [name], message: 'it is part of the path and missing' }));
}

function bodyOf({ whole, body }: Parts): string {
  return JSON.stringify(whole ? whole.value : Object.fromEntries(body));
}
