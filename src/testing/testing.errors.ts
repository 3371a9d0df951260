/** Codes of the errors of `nestjs-clerk-mcp/testing`. */
export type TestingErrorCode =
  | 'CONTRACT_CHANGED'
  | 'MCP_REFUSED'
  | 'NOT_ON_EMULATOR'
  | 'NO_SUCH_ENDPOINT'
  | 'NO_SUCH_TOOL'
  | 'TOOL_FAILED'
  | 'UNANSWERED_QUESTION';

/** Base class of the errors of `nestjs-clerk-mcp/testing`. */
export abstract class TestingError extends Error {
  /** Stable: messages may change, codes do not. */
  abstract readonly code: TestingErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The application has no MCP endpoint at the given path. */
export class NoSuchEndpointError extends TestingError {
  readonly code = 'NO_SUCH_ENDPOINT';

  constructor(path: string | undefined, known: readonly string[]) {
    super(
      known.length === 0
        ? 'The application has no MCP endpoint. Import McpModule into it.'
        : `There is no MCP endpoint at "${path}". Use one of: ${known.join(', ')}.`,
    );
  }
}

/** The given method is not a tool of the endpoint. */
export class NoSuchToolError extends TestingError {
  readonly code = 'NO_SUCH_TOOL';

  constructor(source: string, known: readonly string[]) {
    super(
      `${source} is not a tool of this endpoint. Use one of its tools: ${known.join(', ') || 'none'}.`,
    );
  }
}

/** A caller cannot sign in, because the application does not use the emulator of the test. */
export class NotOnEmulatorError extends TestingError {
  readonly code = 'NOT_ON_EMULATOR';

  constructor(reason: string) {
    super(
      `${reason} Let createMcpTest() build the application, or call useTestEmulator(builder, clerk) before compile() and pass the same clerk to createMcpTest().`,
    );
  }
}

/** The output of a tool was read, but its result is a tool error. */
export class ToolFailedError extends TestingError {
  readonly code = 'TOOL_FAILED';

  constructor(tool: string, text: string) {
    super(`The tool ${tool} failed: ${text}`);
  }
}

/** The server asked the user a question, and the test has no answer to it. */
export class UnansweredQuestionError extends TestingError {
  readonly code = 'UNANSWERED_QUESTION';

  constructor(message: string) {
    super(
      `The server asked ${JSON.stringify(message)}, and the test has no answer. Call caller.answers() before the call.`,
    );
  }
}

/** The contract of the server differs from the reviewed contract. */
export class ContractChangedError extends TestingError {
  readonly code = 'CONTRACT_CHANGED';

  constructor(
    file: string,
    /** One line for each change, which starts with its path, such as `tools.add_note.access`. */
    readonly changes: readonly string[],
  ) {
    super(
      `The contract of the server differs from ${file}:\n${changes.map((change) => `  ${change}`).join('\n')}\nReview the changes, then write the file with { update: true }.`,
    );
  }
}

/**
 * The server refused a request with an HTTP status: 401, 403, 429 or 503, for example. The members hold
 * the parts of the response.
 */
export class McpRefusedError extends TestingError {
  readonly code = 'MCP_REFUSED';

  constructor(
    /** HTTP status. */
    readonly status: number,
    readonly headers: Headers,
    /** The body: parsed if it is JSON, else text. */
    readonly body: unknown,
    options?: ErrorOptions,
  ) {
    super(`The server answered ${describe(status, headers, body)}.`, options);
  }

  /** Parameters of the `WWW-Authenticate` challenge; empty if there is no challenge. */
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

  /**
   * The scopes that the operation needs, or for a caller without a valid token those of the challenge. Over
   * revisions before 2026-07-28, the challenge of a 403 also names what was granted.
   */
  get scopes(): readonly string[] {
    const scope = textOf(this.body, 'required_scope') ?? this.challenge['scope'] ?? '';
    return scope.split(' ').filter(Boolean);
  }

  /** Creates the error from a response, and consumes the body of the response. */
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

/** RFC 9110 §11.6.1, limited to `Bearer` challenges whose values are quoted and have no escapes. */
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
