import { type SchemaIssue, InvalidInputError } from '../mcp.errors.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { StandardSchemaV1, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { PipeTransform } from '@nestjs/common';

/**
 * What a tool declares for its input or output: any Standard Schema that can also describe itself as
 * JSON Schema. zod 4.2 and later, ArkType and Valibot (with its JSON Schema package) are such.
 */
export type McpSchema = StandardSchemaWithJSON;

/** The value that a handler receives: validated, coerced, with defaults filled in. */
export type Validated<S extends McpSchema> = StandardSchemaWithJSON.InferOutput<S>;

/** The value that a handler may return: what the schema accepts before it validates. */
export type Accepted<S extends McpSchema> = StandardSchemaWithJSON.InferInput<S>;

/** A JSON Schema (2020-12) document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type Validation =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

/** Runs a schema over a value. Never throws for a value that does not fit. */
export function validate(schema: McpSchema, value: unknown): MaybePromise<Validation> {
  return andThen(schema['~standard'].validate(value), toValidation);
}

function toValidation(result: StandardSchemaV1.Result<unknown>): Validation {
  if (!result.issues) return { ok: true, value: result.value };
  return { ok: false, issues: readIssues(result.issues) };
}

/**
 * What a schema library found, with paths in one form: the first few, and each cut, since a caller can
 * make any number of them and name members as it likes.
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
/** Parts of a path. */
const MAX_PATH = 100;
/** Characters. */
const MAX_TEXT = 300;

/** The JSON Schema of one side of a schema. Throws what the schema library throws. */
export function toJsonSchema(schema: McpSchema, side: 'input' | 'output'): JsonSchema {
  return schema['~standard'].jsonSchema[side]({ target: 'draft-2020-12' });
}

/**
 * Validates the arguments of one tool. Bound to the parameter itself, so that it runs where Nest runs
 * pipes and a global validation pipe of the host does not validate a second time.
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
