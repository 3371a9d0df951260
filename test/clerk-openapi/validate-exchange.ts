import { escapePointer } from './documents.js';
import type { Exchange } from './exchange.js';
import { type ClerkOperation, findOperation } from './operations.js';

/** A difference between an exchange and Clerk's documents. */
export interface Violation {
  /** Of Clerk's document, such as `GET /users/{user_id}`; of the request when it has no operation. */
  readonly operation: string;
  readonly status: number;
  readonly part: 'operation' | 'path' | 'query' | 'header' | 'body' | 'status' | 'answer';
  readonly problem: string;
}

/** Validates the answer, and the request when it succeeded. */
export function validateExchange(exchange: Exchange): readonly Violation[] {
  const operation = findOperation(exchange.method, exchange.path);
  if (exchange.status === 501) return refusalProblems(exchange, operation);
  if (!operation) {
    const problem = 'is in none of the documents';
    return [{ ...about(exchange, undefined), part: 'operation', problem }];
  }
  const request = isRefusal(exchange) ? [] : requestProblems(exchange, operation);
  return [...request, ...answerProblems(exchange, operation)];
}

type Part = Violation['part'];

function about(
  exchange: Exchange,
  operation: ClerkOperation | undefined,
): Pick<Violation, 'operation' | 'status'> {
  const name = operation?.name ?? `${exchange.method} ${exchange.route ?? exchange.path}`;
  return { operation: name, status: exchange.status };
}

/** The emulator refuses what it does not have with 501, in the form of Clerk's errors. */
function refusalProblems(
  exchange: Exchange,
  operation: ClerkOperation | undefined,
): readonly Violation[] {
  const { code, message } = firstError(exchange.answerBody);
  if (/^emulator_unsupported_\w+$/.test(code) && message.includes('https://api.clerk.com/'))
    return [];
  const problem = 'a 501 has a code emulator_unsupported_… and names the real URL';
  return [{ ...about(exchange, operation), part: 'answer', problem }];
}

function requestProblems(exchange: Exchange, found: ClerkOperation): readonly Violation[] {
  const { document, pointer, operation, pathParameters } = found;
  const problems: [Part, string][] = [];
  const shared = `${pointer.slice(0, pointer.lastIndexOf('/'))}/parameters`;
  const parameters = [
    ...pointersOf(operation.parameters, `${pointer}/parameters`),
    ...pointersOf(sharedParameters(found), shared),
  ].map((one) => document.at(one));

  const documented = new Set<string>();
  for (const { pointer: at, value } of parameters) {
    const place = String(value['in']) as 'path' | 'query' | 'header' | 'cookie';
    if (place === 'cookie') continue;
    const name = String(value['name']);
    documented.add(`${place} ${name.replace(/\[\]$/, '')}`);
    const given = read(place, name, value, exchange, pathParameters);
    if (given === undefined) {
      if (value['required'] === true) problems.push([place, `${name} is missing`]);
      continue;
    }
    const wrong = document.problems(`${at}/schema`, given, 'text');
    problems.push(...wrong.map((problem): [Part, string] => [place, `${name}: ${problem}`]));
  }
  for (const name of new Set(exchange.query.keys())) {
    if (documented.has(`query ${name.replace(/\[\]$/, '')}`)) continue;
    problems.push(['query', `${name} is not documented`]);
  }
  problems.push(...bodyProblems(exchange, found));
  return problems.map(([part, problem]) => ({ ...about(exchange, found), part, problem }));
}

function pointersOf(list: readonly unknown[] | undefined, pointer: string): readonly string[] {
  return (list ?? []).map((_, index) => `${pointer}/${index}`);
}

function sharedParameters({ document, pointer }: ClerkOperation): readonly unknown[] | undefined {
  const item = document.at(pointer.slice(0, pointer.lastIndexOf('/'))).value;
  return Array.isArray(item['parameters']) ? item['parameters'] : undefined;
}

function read(
  place: 'path' | 'query' | 'header',
  name: string,
  parameter: Record<string, unknown>,
  exchange: Exchange,
  pathParameters: Readonly<Record<string, string>>,
): unknown {
  if (place === 'path') return pathParameters[name];
  if (place === 'header') return exchange.requestHeaders[name.toLowerCase()];
  const values = exchange.query.getAll(name);
  if (values.length === 0) return undefined;
  const { type } = (parameter['schema'] ?? {}) as { readonly type?: unknown };
  if (type !== 'array') return values.length === 1 ? values[0] : values;
  if (parameter['explode'] !== false) return values;
  const separator = parameter['style'] === 'spaceDelimited' ? ' ' : ',';
  return values.flatMap((value) => value.split(separator));
}

function bodyProblems(exchange: Exchange, found: ClerkOperation): readonly [Part, string][] {
  const { document, pointer, operation } = found;
  if (!operation.requestBody) return [];
  const at = document.at(`${pointer}/requestBody`);
  const type = mediaType(exchange.requestHeaders['content-type']);
  const body =
    exchange.requestBody instanceof URLSearchParams
      ? formObject(exchange.requestBody)
      : exchange.requestBody;
  if (type === '' || body === undefined || body === null) {
    return at.value['required'] === true ? [['body', 'is missing']] : [];
  }
  const content = (at.value['content'] ?? {}) as Readonly<Record<string, unknown>>;
  if (!(type in content)) {
    return [['body', `${type} is not documented, ${Object.keys(content).join(', ')} is`]];
  }
  const schema = `${at.pointer}/content/${escapePointer(type)}/schema`;
  const from = type === 'application/json' ? 'json' : 'text';
  return document.problems(schema, body, from).map((problem) => ['body', problem]);
}

function formObject(form: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

function answerProblems(exchange: Exchange, found: ClerkOperation): readonly Violation[] {
  const { document, pointer, operation } = found;
  const violation = (part: Part, problem: string): Violation => ({
    ...about(exchange, found),
    part,
    problem,
  });
  const status = String(exchange.status);
  const documented = status in operation.responses;
  if (!documented && !isImplied(exchange, found)) {
    const list = Object.keys(operation.responses).join(', ');
    return [violation('status', `${status} is not documented, ${list} are`)];
  }
  if (!documented) {
    return document
      .problems('/components/schemas/ClerkErrors', parseJson(exchange.answerBody))
      .map((problem) => violation('answer', problem));
  }
  const at = document.at(`${pointer}/responses/${status}`);
  const problems: Violation[] = [];
  for (const name of Object.keys((at.value['headers'] ?? {}) as object)) {
    if (exchange.answerHeaders[name.toLowerCase()] === undefined) {
      problems.push(violation('answer', `the header ${name} is missing`));
    }
  }
  const content = at.value['content'] as Readonly<Record<string, object>> | undefined;
  const type = mediaType(exchange.answerHeaders['content-type']);
  if (!content || Object.keys(content).length === 0) {
    if (exchange.status === 204 && exchange.answerBody !== '') {
      problems.push(violation('answer', 'a 204 has no body'));
    }
    return problems;
  }
  const media = content[type];
  if (!media) {
    const list = Object.keys(content).join(', ');
    return [...problems, violation('answer', `${type || 'no body'} is not documented, ${list} is`)];
  }
  if (type !== 'application/json' || !('schema' in media)) return problems;
  const schema = `${at.pointer}/content/${escapePointer(type)}/schema`;
  const wrong = document.problems(schema, parseJson(exchange.answerBody));
  return [...problems, ...wrong.map((problem) => violation('answer', problem))];
}

/**
 * What Clerk answers before an operation is reached, which its documents list for some operations only:
 * 401 for a wrong key (`security`), 429 (system limits), 500.
 */
function isImplied(exchange: Exchange, { api, operation, document }: ClerkOperation): boolean {
  if (api !== 'Backend API') return false;
  if (exchange.status === 429 || exchange.status === 500) return true;
  const security = operation.security ?? document.content.security ?? [];
  return exchange.status === 401 && security.length > 0;
}

/** Whether the answer refuses. The authorization endpoint does so by a redirect or a page. */
export function isRefusal({ status, answerHeaders, answerBody }: Exchange): boolean {
  if (status >= 400 || firstError(answerBody).code !== '') return true;
  const { location } = answerHeaders;
  return typeof location === 'string' && /[?&]error=/.test(location);
}

/** Code and message of the first error of a body in Clerk's form. */
export function firstError(body: string): { readonly code: string; readonly message: string } {
  const { errors } = (parseJson(body) ?? {}) as {
    readonly errors?: readonly { readonly code?: unknown; readonly message?: unknown }[];
  };
  const [first] = errors ?? [];
  return { code: String(first?.code ?? ''), message: String(first?.message ?? '') };
}

function mediaType(header: unknown): string {
  return typeof header === 'string' ? (header.split(';', 1)[0] ?? '').trim().toLowerCase() : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Such as `GET /users/{user_id} 200 answer: /id must be string`. */
export function violationText({ operation, status, part, problem }: Violation): string {
  return `${operation} ${status} ${part}: ${problem}`;
}
