import { ClerkDocument, escapePointer, type Operation } from './documents.js';

/** An operation of Clerk's documents. */
export interface ClerkOperation {
  readonly api: 'Backend API' | 'Frontend API';
  readonly document: ClerkDocument;
  /** Such as `GET /users/{user_id}`. */
  readonly name: string;
  readonly pointer: string;
  readonly operation: Operation;
  readonly pathParameters: Readonly<Record<string, string>>;
}

const backend = new ClerkDocument('bapi');
const frontend = new ClerkDocument('fapi');

/**
 * Finds the operation by method and path. The Backend API is served under `/v1`, which @clerk/backend
 * omits for the verification of tokens.
 */
export function findOperation(method: string, path: string): ClerkOperation | undefined {
  const inBackend = path.startsWith('/v1/') ? path.slice('/v1'.length) : path;
  return (
    find('Backend API', backend, method, inBackend) ?? find('Frontend API', frontend, method, path)
  );
}

function find(
  api: ClerkOperation['api'],
  document: ClerkDocument,
  method: string,
  path: string,
): ClerkOperation | undefined {
  const segments = path.split('/');
  const matches = Object.entries(document.content.paths ?? {})
    .map(([template, item]) => ({ template, operation: item[method.toLowerCase()] }))
    .flatMap(({ template, operation }) => {
      const pathParameters = operation && match(template.split('/'), segments);
      return operation && pathParameters ? [{ template, operation, pathParameters }] : [];
    })
    // A literal segment precedes a parameter.
    .toSorted((a, b) => size(a.pathParameters) - size(b.pathParameters));
  const [first] = matches;
  if (!first) return undefined;
  const { template, operation, pathParameters } = first;
  return {
    api,
    document,
    name: `${method.toUpperCase()} ${template}`,
    pointer: `/paths/${escapePointer(template)}/${method.toLowerCase()}`,
    operation,
    pathParameters,
  };
}

function match(
  template: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of template.entries()) {
    const actual = segments[index] ?? '';
    const name = /^\{(.+)\}$/.exec(expected)?.[1];
    if (name === undefined ? expected !== actual : actual === '') return undefined;
    if (name !== undefined) parameters[name] = decodeURIComponent(actual);
  }
  return parameters;
}

function size(value: object): number {
  return Object.keys(value).length;
}
