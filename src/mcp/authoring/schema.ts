import type { StandardSchemaV1, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { PipeTransform, Type } from '@nestjs/common';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { type SchemaIssue, InvalidInputError } from '../mcp.errors.js';

/**
 * A schema for input or output: any Standard Schema that also generates JSON Schema, such as zod
 * 4.2 and later, ArkType, or Valibot with its JSON Schema package.
 */
export type McpSchema = StandardSchemaWithJSON;

/**
 * What `input` and `output` take: a Standard Schema, a class with the decorators of class-validator,
 * or a JSON Schema.
 */
export type SchemaSource =
  StandardSchemaV1 | Type<object> | PlainJsonSchema | TypedJsonSchema<unknown>;

/** The value that a handler gets: validated, coerced, with defaults. */
export type Validated<S extends SchemaSource> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<S>
  : InstanceOf<S>;

/** The value that a handler may return: the input type of the schema. */
export type Accepted<S extends SchemaSource> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<S>
  : FieldsOf<InstanceOf<S>>;

type InstanceOf<S> = S extends TypedJsonSchema<infer T> ? T : S extends Type<infer I> ? I : unknown;

/** An object without its methods: what a plain object can have. */
type FieldsOf<T> = T extends object
  ? T extends readonly unknown[]
    ? T
    : { [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: T[K] }
  : T;

/** A JSON Schema (2020-12) document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A JSON Schema that is written in place. Its values have the type `unknown`. */
export type PlainJsonSchema = JsonSchema & { readonly type: string | readonly string[] };

declare const VALUE: unique symbol;

/** A JSON Schema, and the type of the values that it accepts. */
export type TypedJsonSchema<T> = JsonSchema & { readonly [VALUE]: T };

/**
 * Gives a JSON Schema the type of the values that it accepts, for the parameter of the handler.
 *
 * @typeParam T type of the values; nothing compares it with the schema
 *
 * @example
 * ```ts
 * const Place = jsonSchema<{ city: string }>({
 *   type: 'object',
 *   properties: { city: { type: 'string' } },
 *   required: ['city'],
 * });
 * ```
 */
export function jsonSchema<T>(schema: JsonSchema): TypedJsonSchema<T> {
  return schema as TypedJsonSchema<T>; // The type exists for the compiler only.
}

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
  const { vendor, jsonSchema } = schema['~standard'];
  return jsonSchema[side]({
    target: 'draft-2020-12',
    ...(vendor === 'zod' && { libraryOptions: { override: removeZodId } }),
  });
}

/**
 * zod before 4.4 writes the `id` that a schema was given with `.meta()` as a keyword, which clients
 * refuse: in the drafts after 04 it is `$id`, and zod's ids are no URIs.
 */
export function removeZodId({
  jsonSchema,
}: {
  readonly jsonSchema: Record<string, unknown>;
}): void {
  delete jsonSchema['id'];
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
    return andThen(this.schema['~standard'].validate(value), (result) => {
      if (!result.issues) return result.value;
      throw new InvalidInputError(this.tool, readIssues(result.issues));
    });
  }
}
