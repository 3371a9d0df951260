/** Options of a tool on a route handler of a controller. */
export interface McpRouteOptions {
  /**
   * Name of the one field of the input that is the whole body. For a body that is a list or a union,
   * or whose properties have names of the path or the query. Default: the properties of the body are
   * fields of the input.
   */
  readonly body?: string;
  /**
   * Headers that the route gets from the request of the caller, such as `x-tenant`. Credentials and
   * cookies are refused. Default: none besides the host, the language, the trace and those of proxies.
   */
  readonly headers?: readonly string[];
  /** Longest body of the response, in bytes; the caller gets an error beyond it. Default: 1 MiB. */
  readonly maxBytes?: number;
}

/** Default of `maxBytes`. */
export const MAX_ROUTE_BYTES = 1_048_576;

/** The problem with these options; `undefined` if they are valid. */
export function problemOfRoute({ body, maxBytes }: McpRouteOptions): string | undefined {
  if (body === '') return 'route.body is empty. Use the name of a field.';
  if (maxBytes === undefined || (Number.isSafeInteger(maxBytes) && maxBytes > 0)) return undefined;
  return `route.maxBytes is ${maxBytes}. Use a whole number of bytes above 0.`;
}
