/** The application has no MCP endpoint at a path. */
export class NoSuchEndpointError extends Error {
  readonly code = 'NO_SUCH_ENDPOINT';

  constructor(path: string | undefined, known: readonly string[]) {
    super(
      known.length === 0
        ? 'The application has no MCP endpoint. Import McpModule into it.'
        : `No MCP endpoint is at "${path}". The endpoints are at: ${known.join(', ')}.`,
    );
    this.name = 'NoSuchEndpointError';
  }
}

/** A method is not a tool of the endpoint that was asked. */
export class NoSuchToolError extends Error {
  readonly code = 'NO_SUCH_TOOL';

  constructor(source: string, known: readonly string[]) {
    super(`${source} is no tool of this endpoint. Its tools are: ${known.join(', ') || 'none'}.`);
    this.name = 'NoSuchToolError';
  }
}

/** Somebody is to sign in, and the application does not trust the stand-in. */
export class NotOnStandInError extends Error {
  readonly code = 'NOT_ON_STAND_IN';

  constructor(reason: string) {
    super(
      `${reason} Let createMcpTest() build the application, or call useClerkStandIn(builder, clerk) before compile() and hand the same clerk to createMcpTest().`,
    );
    this.name = 'NotOnStandInError';
  }
}

/** The output of a tool was asked for, and the tool had answered an error. */
export class ToolFailedError extends Error {
  readonly code = 'TOOL_FAILED';

  constructor(tool: string, text: string) {
    super(`The tool ${tool} answered an error: ${text}`);
    this.name = 'ToolFailedError';
  }
}

/** The server asked the user something that the test has no answer for. */
export class UnansweredQuestionError extends Error {
  readonly code = 'UNANSWERED_QUESTION';

  constructor(message: string) {
    super(
      `The server asked ${JSON.stringify(message)}, and the test has no answer. Call answers() of the caller first.`,
    );
    this.name = 'UnansweredQuestionError';
  }
}

/** What the server promises is not what was reviewed. */
export class ContractChangedError extends Error {
  readonly code = 'CONTRACT_CHANGED';

  constructor(
    file: string,
    /** What changed, by path, such as `tools.add_note.access`. */
    readonly changes: readonly string[],
  ) {
    super(
      `The contract of the server is not the one in ${file}:\n${changes.map((change) => `  ${change}`).join('\n')}\nReview the changes, then write them with { update: true }.`,
    );
    this.name = 'ContractChangedError';
  }
}

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
