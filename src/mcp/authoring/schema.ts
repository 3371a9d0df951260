import type { StandardSchemaV1, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { PipeTransform } from '@nestjs/common';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { type SchemaIssue, InvalidInputError } from '../mcp.errors.js';

/**
 * A schema for input or output: any Standard Schema that also generates JSON Schema, such as zod
 * 4.2 and later, ArkType, or Valibot with its JSON Schema package.
 */
export type McpSchema = StandardSchemaWithJSON;

/** The value that a handler gets: validated, coerced, with defaults. */
export type Validated<S extends McpSchema> = StandardSchemaWithJSON.InferOutput<S>;

/** The value that a handler may return: the input type of the schema. */
export type Accepted<S extends McpSchema> = StandardSchemaWithJSON.InferInput<S>;

/** A JSON Schema (2020-12) document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type Validation =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

/** Validates a value. An invalid value gives a result, not an error. */
export function validate(schema: McpSchema, value: unknown): MaybePromise<Validation> {
  return andThen(schema['~standard'].validate(value), toValidation);
}

function toValidation(result: StandardSchemaV1.Result<unknown>): Validation {
  if (!result.issues) return { ok: true, value: result.value };
  return { ok: false, issues: readIssues(result.issues) };
}

/**
 * The first issues of a schema library, with paths as text. Number and length are limited, since
 * callers can cause any number of issues and choose the names of members.
 */
export function readIssues(issues: readonly StandardSchemaV1.Issue[]): readonly SchemaIssue[] {
  const read = issues.slice(0, MAX_ISSUES).map(({ path = [], message }) => ({
    path: cut(
      path
        .slice(0, MAX_PATH)
        .map((part) => cut(String(typeof part === 'object' ? part.key : part)))
        .join('.'),
    ),
    message: cut(message),
  }));
  const left = issues.length - read.length;
  return left > 0 ? [...read, { path: '', message: `and ${left} more` }] : read;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

const MAX_ISSUES = 20;
/** In parts of a path. */
const MAX_PATH = 100;
/** In characters. */
const MAX_TEXT = 300;

/** The JSON Schema of one side of a schema. @throws errors of the schema library */
export function toJsonSchema(schema: McpSchema, side: 'input' | 'output'): JsonSchema {
  return schema['~standard'].jsonSchema[side]({ target: 'draft-2020-12' });
}

/**
 * Validates the arguments of one entry. Bound to the parameter, so that it runs among the pipes of
 * Nest, and a global validation pipe of the application does not validate again.
 */
export class InputPipe implements PipeTransform<unknown, MaybePromise<unknown>> {
  constructor(
    private readonly tool: string,
    private readonly schema: McpSchema,
  ) {}

  transform(value: unknown): MaybePromise<unknown> {
    return andThen(validate(this.schema, value), (validation) => {
      if (validation.ok) return validation.value;
      throw new InvalidInputError(this.tool, validation.issues);
    });
  }
}
