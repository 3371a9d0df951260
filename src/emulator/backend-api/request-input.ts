import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ClerkApiError } from '../emulator.errors.js';

/**
 * Options of a route of the Backend API: the query parameters that it reads. Every route has them, and
 * any other parameter is answered with 501, because a filter that is not applied gives wrong results.
 *
 * @example
 * ```ts
 * app.get('/v1/machines', reads({ ...PAGE, query: text }), (request) => …);
 * app.get('/v1/machines/:id', NO_QUERY, (request) => …);
 * ```
 */
export function reads(parameters: z.ZodRawShape | z.ZodObject): QueryDeclaration {
  const names = new Set(Object.keys('shape' in parameters ? parameters.shape : parameters));
  return {
    config: { reads: names },
    preValidation: async ({ query }) => {
      const unknown = Object.keys(query ?? {}).find((name) => !names.has(name));
      if (unknown !== undefined) throw ClerkApiError.unsupportedParameter(unknown);
    },
  };
}

/** What {@link reads} adds to a route. */
export interface QueryDeclaration {
  readonly config: { readonly reads: ReadonlySet<string> };
  readonly preValidation: (request: FastifyRequest) => Promise<void>;
}

/** Refuses to start with a route that does not declare what it reads. Used as an `onRoute` hook. */
export function demandDeclaration(route: {
  readonly method: string | readonly string[];
  readonly url: string;
  readonly config?: object;
}): void {
  if (route.config && 'reads' in route.config) return;
  throw new TypeError(
    `${[route.method].flat().join(', ')} ${route.url} does not declare its query parameters. ` +
      'Pass reads({ … }) or NO_QUERY as the options of the route.',
  );
}

/**
 * Parses a query or a body in Clerk's way.
 *
 * @throws ClerkApiError 501 for an unknown query parameter and for what the emulator does not have, 422
 *   for everything that Clerk would refuse
 */
export function parseInput<Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  source: 'query' | 'body' = 'body',
): Output {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw refusal(parsed.error.issues, value ?? {}, source);
}

/** `limit` (default 10, at most 500) and `offset`, which every list reads. */
export const PAGE = {
  limit: z.coerce.number().int().min(1).max(500).default(10),
  offset: z.coerce.number().int().min(0).default(0),
};

/** `true` or `false`. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** A query parameter that may be repeated. */
export const repeatable = z.union([
  z.string().transform((value) => [value]),
  z.array(z.string()).max(100),
]);

/** A query parameter with a time, in milliseconds since the epoch. */
export const time = z.coerce.number().int().min(0);

/** A value of which the emulator has these, and answers any other with 501. */
export function oneOf<const Values extends readonly string[]>(
  values: Values,
): z.ZodType<Values[number]> {
  return z.string().refine((value): value is Values[number] => values.includes(value), {
    params: { isUnsupported: true },
  });
}

/** A documented field that the emulator cannot honour: 501 when it is given. */
export const notEmulated = z
  .unknown()
  .refine((value) => value === undefined || value === null, { params: { isUnsupported: true } })
  .optional();

/** The options of a route without query parameters. */
export const NO_QUERY = reads({});

/** The page of a list that `limit` and `offset` select. */
export function page<Item>(items: readonly Item[], query: unknown): readonly Item[] {
  const { limit, offset } = parseInput(z.object(PAGE), query, 'query');
  return items.slice(offset, offset + limit);
}

/** A page of a list with the total count. */
export function pageJson<Item>(
  items: readonly Item[],
  query: unknown,
  toJson: (item: Item) => Record<string, unknown>,
): Record<string, unknown> {
  return { data: page(items, query).map((item) => toJson(item)), total_count: items.length };
}

/** The query parameter of lists that are bare arrays unless a caller asks for pages. */
export const PAGINATED = { paginated: flag.optional() };

/** A page of such a list: with the total count for `paginated=true`. */
export function listJson<Item>(
  items: readonly Item[],
  query: unknown,
  toJson: (item: Item) => Record<string, unknown>,
): readonly Record<string, unknown>[] | Record<string, unknown> {
  const { paginated } = parseInput(z.object(PAGINATED), query, 'query');
  return paginated === true
    ? pageJson(items, query, toJson)
    : page(items, query).map((item) => toJson(item));
}

/** @throws ClerkApiError 404 when the resource, such as `The user`, does not exist */
export function orNotFound<Resource>(found: Resource | undefined, resource: string): Resource {
  if (found === undefined) throw ClerkApiError.notFound(resource);
  return found;
}

type Issue = z.core.$ZodIssue;

function refusal(
  issues: readonly Issue[],
  value: unknown,
  source: 'query' | 'body',
): ClerkApiError {
  // What the emulator lacks comes first: the caller cannot repair it.
  const unsupported = issues.flatMap((issue) => unsupportedParameter(issue, source));
  const [parameter] = unsupported;
  if (parameter !== undefined) return ClerkApiError.unsupportedParameter(parameter);
  const [issue] = issues;
  if (issue?.code === 'unrecognized_keys') {
    const name = nameOf([...issue.path, issue.keys[0] ?? '']);
    return ClerkApiError.parameter(
      'form_param_unknown',
      name,
      'is not a parameter of this request',
    );
  }
  const name = nameOf(issue?.path ?? []);
  if (issue && at(value, issue.path) === undefined) {
    return ClerkApiError.parameter('form_param_missing', name, 'must be included');
  }
  return ClerkApiError.parameter('form_param_format_invalid', name, issue?.message ?? 'is invalid');
}

/** The name of what the emulator lacks, with the value where the value is the reason. */
function unsupportedParameter(issue: Issue, source: 'query' | 'body'): readonly string[] {
  if (source === 'query' && issue.code === 'unrecognized_keys') return issue.keys;
  const isUnsupported = issue.code === 'custom' && issue.params?.['isUnsupported'] === true;
  return isUnsupported ? [nameOf(issue.path)] : [];
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.') || 'body';
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
}
