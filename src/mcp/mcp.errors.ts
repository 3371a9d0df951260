import type { Refusal } from '../access/refusal.js';
import { IntrinsicException } from '@nestjs/common';

/** An option of `McpModule` is missing, malformed or at odds with another. Stops the boot. */
export class McpConfigurationError extends Error {
  readonly code = 'MCP_CONFIGURATION';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(`McpModule: ${message}`, options);
    this.name = 'McpConfigurationError';
  }
}

/** Two handlers claim the same name or URI. Stops the boot. */
export class DuplicateEntryError extends Error {
  readonly code = 'DUPLICATE_ENTRY';

  constructor(kind: string, key: string, first: string, second: string) {
    super(
      first === second
        ? `The ${kind} "${key}" is there twice: two modules provide the class of ${first}. Provide it in one module and export it from there. One that was added must be removed first.`
        : `Two ${kind}s are named "${key}": ${first} and ${second}. Give one of them another name.`,
    );
    this.name = 'DuplicateEntryError';
  }
}

/** A server includes a module that the application does not import. Stops the boot. */
export class IncludedModuleError extends Error {
  readonly code = 'INCLUDED_MODULE';

  constructor(path: string, module: string) {
    super(
      `The MCP server at /${path} includes ${module}, which the application does not import. Import ${module}, or take it out of include.`,
    );
    this.name = 'IncludedModuleError';
  }
}

/** A handler cannot be served as it is declared. Stops the boot. */
export class InvalidHandlerError extends Error {
  readonly code = 'INVALID_HANDLER';

  constructor(source: string, problem: string, options?: { readonly cause?: unknown }) {
    super(`${source} cannot be served: ${problem}`, options);
    this.name = 'InvalidHandlerError';
  }
}

/** Nest would silently skip a guard, pipe, interceptor or filter of a tool. Stops the boot. */
export class UnboundEnhancerError extends Error {
  readonly code = 'UNBOUND_ENHANCER';

  constructor(enhancer: string, source: string, host: string) {
    super(
      `${enhancer} on ${source} would never run: ${host} comes from useFactory or useValue, and Nest binds enhancers to classes only. Provide the class itself.`,
    );
    this.name = 'UnboundEnhancerError';
  }
}

/** A module says that it belongs to a server that is not there. Stops the boot. */
export class UnknownServerError extends Error {
  readonly code = 'UNKNOWN_SERVER';

  constructor(module: string, path: string, known: readonly string[]) {
    const servers = known.map((one) => `/${one}`).join(', ');
    super(
      `${module} is a feature of the MCP server at /${path}, and there is none. ${
        known.length > 0
          ? `The servers are at ${servers}: name one of them in McpModule.forFeature().`
          : 'Import McpModule.forRoot() in the application.'
      }`,
    );
    this.name = 'UnknownServerError';
  }
}

/** The options speak of a tool that the application does not have. Stops the boot. */
export class UnknownToolError extends Error {
  readonly code = 'UNKNOWN_TOOL';

  constructor(name: string, known: readonly string[]) {
    super(
      `exclude names the tool "${name}", and there is none of that name. There are: ${known.join(', ') || 'none'}.`,
    );
    this.name = 'UnknownToolError';
  }
}

/** Two servers claim the same path. Stops the boot. */
export class DuplicateEndpointError extends Error {
  readonly code = 'DUPLICATE_ENDPOINT';

  constructor(path: string, first: string, second: string) {
    super(
      first === second
        ? `The MCP server "${first}" is at /${path} twice. Call McpModule.forRoot() once, and import what it returns where it is needed; or give each server a path of its own.`
        : `Two MCP servers are at /${path}: "${first}" and "${second}". Give one of them another path: McpModule.forRoot({ name: '${second}', path: '${second}', … }).`,
    );
    this.name = 'DuplicateEndpointError';
  }
}

/** A configured guard is no provider: the endpoint would run without it. Stops the boot. */
export class MissingGuardError extends Error {
  readonly code = 'MISSING_GUARD';

  constructor(guard: string, path: string, options?: { readonly cause?: unknown }) {
    super(
      `The MCP endpoint /${path} would run without ${guard}: no imported module provides it. Import the module that exports ${guard}, or add it to providers.`,
      options,
    );
    this.name = 'MissingGuardError';
  }
}

/** The application runs on an HTTP framework that the endpoint cannot take requests from. Stops the boot. */
export class UnsupportedAdapterError extends Error {
  readonly code = 'UNSUPPORTED_ADAPTER';

  constructor(type: string) {
    super(
      `The MCP endpoint cannot run on the HTTP adapter "${type}". Use FastifyAdapter of @nestjs/platform-fastify or ExpressAdapter of @nestjs/platform-express.`,
    );
    this.name = 'UnsupportedAdapterError';
  }
}

/** The access token of a stdio server is not good. The message says why, without a word of the token. */
export class AccessTokenRefusedError extends Error {
  readonly code = 'ACCESS_TOKEN_REFUSED';

  constructor(
    readonly refusal: Refusal,
    options?: { readonly cause?: unknown },
  ) {
    super(`The access token was not accepted: ${describe(refusal)}`, options);
    this.name = 'AccessTokenRefusedError';
  }
}

function describe(refusal: Refusal): string {
  switch (refusal.reason) {
    case 'invalid_token':
    case 'forbidden':
      return refusal.description;
    case 'token_expired':
      return 'it has expired. Get a new one.';
    case 'unavailable':
      return 'the authorization server cannot be reached. Try again later.';
    case 'too_many_requests':
      return 'it was tried too often. Try again later.';
    case 'misconfigured':
      return 'the authentication service is misconfigured.';
    case 'unauthenticated':
    case 'insufficient_scope':
    case 'reverification':
      return 'it does not say who calls.';
  }
}

/** There is an access token and nobody to verify it. */
export class MissingTokenAuthenticatorError extends Error {
  readonly code = 'MISSING_TOKEN_AUTHENTICATOR';

  constructor(options?: { readonly cause?: unknown }) {
    super(
      'An access token was given, and no imported module provides a TokenAuthenticator to verify it. Import ClerkAuthModule, or provide one.',
      options,
    );
    this.name = 'MissingTokenAuthenticatorError';
  }
}

/** The arguments of a call do not fit the schema. The message names the fields, never their values. */
export class InvalidInputError extends IntrinsicException {
  readonly code = 'INVALID_INPUT';

  constructor(
    tool: string,
    readonly issues: readonly SchemaIssue[],
  ) {
    const fields = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(`Invalid input for ${tool}: ${fields.join('; ')}`);
    this.name = 'InvalidInputError';
  }
}

/** A prompt returned what is neither text nor messages: a bug of the handler, for the log. */
export class InvalidPromptResultError extends Error {
  readonly code = 'INVALID_PROMPT_RESULT';

  constructor(source: string) {
    super(
      `${source} returned no prompt. Return text, messages of the protocol, or a whole result.`,
    );
    this.name = 'InvalidPromptResultError';
  }
}

/** A tool returned what its own `output` schema refuses: a bug of the tool, for the log. */
export class InvalidToolOutputError extends Error {
  readonly code = 'INVALID_TOOL_OUTPUT';

  constructor(source: string, issues: readonly SchemaIssue[]) {
    const fields = issues.map(({ path, message }) => `${path || '(result)'}: ${message}`);
    super(
      `${source} returned a value that its output schema refuses: ${fields.join('; ')}. Return what the schema says or change the schema.`,
    );
    this.name = 'InvalidToolOutputError';
  }
}

/** As many calls of a tool are running as may, at all or for this caller. Nothing has run. */
export class ToolBusyError extends IntrinsicException {
  readonly code = 'TOOL_BUSY';

  /** @param whose calls have filled the limit */
  constructor(tool: string, whose: 'all' | 'caller') {
    super(
      whose === 'all'
        ? `${tool} is busy: too many calls of it are running. Try again later.`
        : `Too many of your calls of ${tool} are running. Wait until one has finished, and try again.`,
    );
    this.name = 'ToolBusyError';
  }
}

/** A call took longer than `limits.timeoutMs`. It is what the signal of the call aborts with. */
export class ToolTimeoutError extends IntrinsicException {
  readonly code = 'TOOL_TIMEOUT';

  /** @param timeoutMs milliseconds that the call had */
  constructor(
    tool: string,
    readonly timeoutMs: number,
  ) {
    super(`${tool} did not finish within ${timeoutMs / 1_000} seconds and was stopped.`);
    this.name = 'ToolTimeoutError';
  }
}

/** Why the signal of a task has aborted: it was cancelled, it expired, or the server shuts down. */
export class TaskStoppedError extends IntrinsicException {
  readonly code = 'TASK_STOPPED';

  constructor(reason: string) {
    super(reason);
    this.name = 'TaskStoppedError';
  }
}

/** There is no room for one more task, of this caller or at all. */
export class TooManyTasksError extends IntrinsicException {
  readonly code = 'TOO_MANY_TASKS';

  constructor() {
    super('Too many tasks are kept already. Wait until some have expired, and try again.');
    this.name = 'TooManyTasksError';
  }
}

/** One thing that is wrong with a value: where it is, and what is wrong. */
export interface SchemaIssue {
  /** Path of the field, such as `address.city`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}
