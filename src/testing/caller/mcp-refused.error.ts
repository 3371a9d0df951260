/**
 * The server turned a request away with an HTTP status: the caller must sign in, may not, or has to
 * come back later. Its parts are what a client sees.
 */
export class McpRefusedError extends Error {
  readonly code = 'MCP_REFUSED';

  constructor(
    /** HTTP status. */
    readonly status: number,
    readonly headers: Headers,
    /** The body: JSON where it is, else text. */
    readonly body: unknown,
    options?: ErrorOptions,
  ) {
    super(`The server answered ${describe(status, headers, body)}.`, options);
    this.name = 'McpRefusedError';
  }

  /** Parameters of the `WWW-Authenticate` challenge; empty where there is none. */
  get challenge(): Readonly<Record<string, string>> {
    return readChallenge(this.headers.get('www-authenticate'));
  }

  /** `error` of the body, such as `token_expired`. */
  get reason(): string | undefined {
    return textOf(this.body, 'error');
  }

  /** `error_description` of the body. */
  get description(): string | undefined {
    return textOf(this.body, 'error_description');
  }

  /** Scopes that the challenge names. */
  get scopes(): readonly string[] {
    return (this.challenge['scope'] ?? '').split(' ').filter(Boolean);
  }

  /** Reads the refusal from a response; its body is read to the end. */
  static async from(response: Response): Promise<McpRefusedError> {
    const text = await response.text();
    return new McpRefusedError(response.status, response.headers, parse(text));
  }
}

function describe(status: number, headers: Headers, body: unknown): string {
  const description = textOf(body, 'error_description');
  const parts = [
    String(status),
    textOf(body, 'error') ?? '',
    description === undefined ? '' : JSON.stringify(description),
    headers.has('www-authenticate') ? `with ${headers.get('www-authenticate')}` : '',
  ];
  return parts.filter(Boolean).join(' ');
}

/** RFC 9110 §11.6.1, as far as `Bearer` challenges go: quoted values without escapes. */
function readChallenge(header: string | null): Readonly<Record<string, string>> {
  if (header === null || !/^Bearer\b/i.test(header)) return {};
  const pairs = [...header.matchAll(/([a-z_-]+)="([^"]*)"/gi)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name.toLowerCase(), value]));
}

function textOf(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
