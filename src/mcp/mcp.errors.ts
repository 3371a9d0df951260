import { IntrinsicException } from '@nestjs/common';
import type { Refusal } from '../access/refusal.js';
import { docsPage } from '../docs/docs-page.js';
import { pauseStacks, resumeStacks } from '../request/without-stack.js';

/** Codes of the errors of this package that concern its MCP servers. */
export type McpErrorCode =
  | 'ACCESS_TOKEN_REFUSED'
  | 'CONFIRMATION_UNAVAILABLE'
  | 'DUPLICATE_ENDPOINT'
  | 'DUPLICATE_ENTRY'
  | 'INCLUDED_MODULE'
  | 'INVALID_CONTENT'
  | 'INVALID_HANDLER'
  | 'INVALID_INPUT'
  | 'INVALID_PROMPT_RESULT'
  | 'INVALID_TASK_HANDLE'
  | 'INVALID_TOOL_OUTPUT'
  | 'MCP_BODY_REFUSED'
  | 'MCP_CONFIGURATION'
  | 'MCP_MESSAGE_REFUSED'
  | 'MISSING_GUARD'
  | 'MISSING_PACKAGE'
  | 'MISSING_TOKEN_AUTHENTICATOR'
  | 'NOT_CONFIRMED'
  | 'ROUTE_FAILED'
  | 'TASK_STOPPED'
  | 'TOOL_BUSY'
  | 'TOOL_TIMEOUT'
  | 'TOO_MANY_TASKS'
  | 'UNBOUND_ENHANCER'
  | 'UNKNOWN_SERVER'
  | 'UNKNOWN_TOOL'
  | 'UNSENDABLE_RESULT'
  | 'UNSUPPORTED_ADAPTER';

/** Base class of the errors that stop the boot or report a bug of the application. */
export abstract class McpError extends Error {
  /** Stable: messages may change, codes do not. */
  abstract readonly code: McpErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Base class of the errors that a caller causes. The caller gets their messages; they have no stack. */
export abstract class McpCallError extends IntrinsicException {
  abstract readonly code: McpErrorCode;

  constructor(message: string) {
    const limit = pauseStacks();
    super(message);
    resumeStacks(limit);
    this.name = new.target.name;
  }
}

/** An option of `McpModule` is missing, malformed or in conflict with another. Stops the boot. */
export class McpConfigurationError extends McpError {
  readonly code = 'MCP_CONFIGURATION';

  constructor(message: string) {
    super(`McpModule: ${message}`);
  }
}

/** Two handlers have the same name or URI. Stops the boot. */
export class DuplicateEntryError extends McpError {
  readonly code = 'DUPLICATE_ENTRY';

  constructor(kind: string, key: string, first: string, second: string) {
    super(
      first === second
        ? `The ${kind} "${key}" is declared twice: two modules provide the class of ${first}. Provide it in one module and export it from there. Remove an entry before you add it again.`
        : `Two ${kind}s are named "${key}": ${first} and ${second}. Give one of them another name.`,
    );
  }
}

/** A server includes a module that the application does not import. Stops the boot. */
export class IncludedModuleError extends McpError {
  readonly code = 'INCLUDED_MODULE';

  constructor(path: string, module: string) {
    super(
      `The MCP server at /${path} includes ${module}, which the application does not import. Import ${module}, or take it out of include. See ${docsPage('servers')}`,
    );
  }
}

/** A handler cannot be served as it is declared. Stops the boot. */
export class InvalidHandlerError extends McpError {
  readonly code = 'INVALID_HANDLER';

  constructor(source: string, problem: string, options?: ErrorOptions) {
    super(`${source} cannot be served: ${problem}`, options);
  }
}

/** Nest would silently skip a guard, pipe, interceptor or filter of a tool. Stops the boot. */
export class UnboundEnhancerError extends McpError {
  readonly code = 'UNBOUND_ENHANCER';

  /** @param reason why Nest skips the enhancer, as a clause */
  constructor(enhancer: string, source: string, reason: string) {
    super(
      `${enhancer} on ${source} would never run: ${reason}. Provide the class itself. See ${docsPage('tools', 'guards-pipes-interceptors-filters')}`,
    );
  }
}

/** `McpModule.forFeature()` names a server that does not exist. Stops the boot. */
export class UnknownServerError extends McpError {
  readonly code = 'UNKNOWN_SERVER';

  constructor(module: string, path: string, known: readonly string[]) {
    const servers = known.map((one) => `/${one}`).join(', ');
    super(
      `${module} is a feature of the MCP server at /${path}, which does not exist. ${
        known.length > 0
          ? `The servers are at ${servers}: name one of them in McpModule.forFeature().`
          : 'Import McpModule.forRoot() in the application.'
      }`,
    );
  }
}

/** `exclude` names a tool that the application does not have. Stops the boot. */
export class UnknownToolError extends McpError {
  readonly code = 'UNKNOWN_TOOL';

  constructor(name: string, known: readonly string[]) {
    super(
      `exclude names the tool "${name}", which does not exist. Use one of: ${known.join(', ') || 'none'}.`,
    );
  }
}

/** Two servers have the same path. Stops the boot. */
export class DuplicateEndpointError extends McpError {
  readonly code = 'DUPLICATE_ENDPOINT';

  constructor(path: string, first: string, second: string) {
    super(
      first === second
        ? `The MCP server "${first}" is at /${path} twice. Call McpModule.forRoot() once, and import what it returns where it is needed; or give each server a path of its own.`
        : `Two MCP servers are at /${path}: "${first}" and "${second}". Give one of them another path: McpModule.forRoot({ name: '${second}', path: '${second}', … }).`,
    );
  }
}

/** A configured guard is not a provider, so the endpoint would run without it. Stops the boot. */
export class MissingGuardError extends McpError {
  readonly code = 'MISSING_GUARD';

  constructor(guard: string, path: string, options?: ErrorOptions) {
    super(
      `The MCP endpoint /${path} would run without ${guard}: no imported module provides it. Import the module that exports ${guard}, or add it to providers. See ${docsPage('embedding')}`,
      options,
    );
  }
}

/** A handler uses a feature whose package is not installed. Stops the boot. */
export class MissingPackageError extends McpError {
  readonly code = 'MISSING_PACKAGE';

  /** @param user who needs the package */
  constructor(name: string, user: string, options?: ErrorOptions) {
    super(`${user} needs the package ${name}. Install it: npm install ${name}`, options);
  }
}

/** The endpoint does not support the HTTP framework of the application. Stops the boot. */
export class UnsupportedAdapterError extends McpError {
  readonly code = 'UNSUPPORTED_ADAPTER';

  constructor(type: string) {
    super(
      `The MCP endpoint cannot run on the HTTP adapter "${type}". Use FastifyAdapter of @nestjs/platform-fastify or ExpressAdapter of @nestjs/platform-express. See ${docsPage('embedding', 'fastify-or-express')}`,
    );
  }
}

/** The access token of a stdio server is not valid. The message says why, without the token. */
export class AccessTokenRefusedError extends McpError {
  readonly code = 'ACCESS_TOKEN_REFUSED';

  constructor(
    readonly refusal: Refusal,
    options?: ErrorOptions,
  ) {
    super(`The access token was not accepted: ${describe(refusal)}`, options);
  }
}

function describe(refusal: Refusal): string {
  if ('description' in refusal) return refusal.description;
  switch (refusal.reason) {
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
      return 'it does not identify a caller.';
  }
}

/** A stdio server has an access token, but no provider to verify it. */
export class MissingTokenAuthenticatorError extends McpError {
  readonly code = 'MISSING_TOKEN_AUTHENTICATOR';

  constructor() {
    super(
      `An access token was given, but no imported module provides a TokenAuthenticator to verify it. Import ClerkAuthModule, or provide one. See ${docsPage('stdio')}`,
    );
  }
}

/**
 * The arguments of a call do not match the schema. The message names the fields, never their
 * values.
 */
export class InvalidInputError extends McpCallError {
  readonly code = 'INVALID_INPUT';

  constructor(
    tool: string,
    readonly issues: readonly SchemaIssue[],
  ) {
    const fields = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(`Invalid input for ${tool}: ${fields.join('; ')}`);
  }
}

/** A limit of concurrent calls is reached, of the tool or the caller. The handler did not run. */
export class ToolBusyError extends McpCallError {
  readonly code = 'TOOL_BUSY';

  constructor(tool: string, exhausted: 'all' | 'caller') {
    super(
      exhausted === 'all'
        ? `${tool} is busy: too many calls of it are running. Try again later.`
        : `Too many of your calls of ${tool} are running. Wait until one has finished, and try again.`,
    );
  }
}

/** A call took longer than `limits.timeoutMs`. The reason with which its signal aborts. */
export class ToolTimeoutError extends McpCallError {
  readonly code = 'TOOL_TIMEOUT';

  constructor(
    tool: string,
    readonly timeoutMs: number,
  ) {
    super(`${tool} did not finish within ${timeoutMs / 1_000} seconds and was stopped.`);
  }
}

/**
 * The reason with which the signal of a task aborts: it was cancelled or expired, or the server
 * ends.
 */
export class TaskStoppedError extends McpCallError {
  readonly code = 'TASK_STOPPED';
}

/** `McpTasks.handle()` was used where it cannot end the task. */
export class InvalidTaskHandleError extends McpError {
  readonly code = 'INVALID_TASK_HANDLE';

  constructor(tool: string, problem: string) {
    super(`A task of the tool "${tool}" cannot be changed with McpTasks.handle(): ${problem}`);
  }
}

/** A limit of stored tasks is reached, of the caller or of the server. */
export class TooManyTasksError extends McpCallError {
  readonly code = 'TOO_MANY_TASKS';

  constructor() {
    super('Too many tasks are stored. Wait until some have expired, and try again.');
  }
}

/** One problem with a value. */
export interface SchemaIssue {
  /** Path of the field, such as `address.city`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}
