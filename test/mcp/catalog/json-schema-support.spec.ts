import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { isDescribableObject } from '../../../src/mcp/catalog/json-schema-support.js';
import { toJsonSchema, type McpSchema } from '../../../src/mcp/authoring/schema.js';
import { runs } from '../../support/runs.js';
import { Celsius } from './hand-written-schema.js';

const field = (schema: z.ZodType) => z.object({ field: schema });

describe('isDescribableObject', () => {
  it.each<[string, z.ZodType]>([
    ['what most tools take', z.object({ a: z.string().min(1), b: z.number().int().max(9) })],
    ['descriptions and titles', field(z.string().describe('A').meta({ title: 'B' }))],
    ['defaults, optional and nullable fields', field(z.enum(['a', 'b']).nullable().default('a'))],
    ['lists of objects', z.object({ list: z.array(z.strictObject({ on: z.boolean() })) })],
    ['one of several', field(z.discriminatedUnion('k', [z.object({ k: z.literal('a') })]))],
    ['a part of itself', field(z.array(Tree()))],
    ['anything', z.looseObject({ any: z.any(), unknown: z.unknown().readonly() })],
    [
      'formats and checks',
      field(
        z
          .email()
          .trim()
          .refine((text) => text !== ''),
      ),
    ],
  ])('is sure of %s', (_what, schema) => {
    expect(isDescribableObject(schema)).toBe(true);
    expect(() => convert(schema)).not.toThrow();
  });

  it.each<[string, unknown]>([
    ['a date', field(z.date())],
    ['a big integer', field(z.bigint())],
    ['a literal that JSON does not have', field(z.literal([1n, undefined]))],
    ['a default that JSON does not have', field(z.any().default(1n))],
    ['a default that is no value', field(z.any().default(undefined))],
    ['a default that cannot be made', field(z.string().default(() => fail()))],
    ['a divisor that JSON Schema does not have', field(z.number().multipleOf(0))],
    ['a divisor below a description', field(z.number().multipleOf(0).describe('A'))],
    ['keys that are symbols', z.object({ [Symbol('key')]: z.string() })],
    ['metadata that JSON does not have', field(z.string().meta({ size: 1n }))],
    ['ids, which may be there twice', field(z.string().meta({ id: 'a' }))],
    ['ids below a description', field(z.string().meta({ id: 'a' }).describe('A'))],
    ['ids of a field of a field', field(z.array(field(z.string().meta({ id: 'a' }))))],
    ['a pattern that clients cannot compile', field(z.string().regex(/^[\w-.]+$/))],
    ['a transformation', field(z.string().transform(Number))],
    ['a schema with words of its own', withWords(z.object({}))],
    ['a field that cannot be made', z.object(Object.defineProperty({}, 'a', FAILING))],
    ['a catch-all that has no words', z.object({}).catchall(z.date())],
    ['an output that is no object', z.string()],
    ['another library', Celsius],
    ['zod in the words of another library', withStandard({ vendor: 'other', jsonSchema: {} })],
    ['zod without words, as before 4.2', withStandard({ vendor: 'zod' })],
    ['the fields of a schema', { field: z.string() }],
    ['nothing', undefined],
  ])('leaves %s to zod', (_what, schema) => {
    expect(isDescribableObject(schema)).toBe(false);
  });

  it('is sure of nothing that zod cannot write, or writes as anything but an object', () => {
    let sure = 0;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), schemas, { maxKeys: 3 }), (shape) => {
        const schema = z.object(shape);
        if (!isDescribableObject(schema)) return;
        sure += 1;
        for (const json of convert(schema)) expect(json['type']).toBe('object');
      }),
      { numRuns: runs(2_000) },
    );
    expect(sure).toBeGreaterThan(200);
  });
});

function Tree(): z.ZodType {
  const tree = z.object({
    name: z.string(),
    get children(): z.ZodType {
      return z.array(tree);
    },
  });
  return tree;
}

function convert(schema: z.ZodType) {
  const described = schema as unknown as McpSchema;
  return [toJsonSchema(described, 'input'), toJsonSchema(described, 'output')];
}

function withWords<T extends z.ZodType>(schema: T): T {
  Object.assign(schema._zod, { toJSONSchema: () => fail() });
  return schema;
}

function withStandard(value: object): z.ZodType {
  return Object.defineProperty(z.object({}), '~standard', { value });
}

const FAILING = { enumerable: true, get: () => fail() };

function fail(): never {
  throw new Error('cannot be made');
}

/** Schemas of every kind, with words and without. */
const { schemas } = fc.letrec<{ schemas: z.ZodType; leaves: z.ZodType }>((tie) => ({
  leaves: fc
    .constantFrom<(() => z.ZodType)[]>(
      () => z.string().min(1).max(3),
      () => z.iso.datetime(),
      () => z.string().regex(/a/).regex(/b/),
      () => z.number().gt(1).lte(9),
      () => z.number().multipleOf(0.5),
      () => z.number().multipleOf(0),
      () => z.int(),
      () => z.boolean(),
      () => z.null(),
      () => z.any(),
      () => z.unknown(),
      () => z.never(),
      () => z.void(),
      () => z.undefined(),
      () => z.date(),
      () => z.bigint(),
      () => z.symbol(),
      () => z.nan(),
      () => z.enum(['a', 'b']),
      () => z.enum([]),
      () => z.literal(['a', 1, null]),
      () => z.literal([1n]),
      () => z.literal(undefined),
      () => z.custom(() => true),
      () => z.file(),
      () => z.function() as unknown as z.ZodType,
      () => z.templateLiteral(['a', z.string()]),
      () => z.stringbool(),
      () => z.json(),
      () => z.string().transform(Number),
    )
    .map((make) => make()),
  schemas: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaves'),
    fc
      .tuple(
        fc.constantFrom<((schema: z.ZodType) => z.ZodType)[]>(
          (schema) => schema.optional(),
          (schema) => schema.nullable(),
          (schema) => schema.readonly(),
          (schema) => schema.nonoptional(),
          (schema) => schema.describe('A field'),
          (schema) => schema.meta({ id: 'shared' }),
          (schema) => schema.meta({ examples: [1n] }),
          (schema) => schema.default('a'),
          (schema) => schema.default(1n),
          (schema) => schema.prefault('a'),
          (schema) => schema.catch(() => fail()),
          (schema) => schema.refine(() => true),
          (schema) => schema.pipe(z.any()),
          (schema) => schema.array(),
          (schema) => z.array(schema).min(1),
          (schema) => z.union([schema, z.string()]),
          (schema) => z.xor([schema, z.string()]),
          (schema) => z.intersection(schema, z.object({})),
          (schema) => z.tuple([schema], schema),
          (schema) => z.record(z.string(), schema),
          (schema) => z.map(z.string(), schema),
          (schema) => z.set(schema),
          (schema) => z.promise(schema),
          (schema) => z.lazy(() => schema),
          (schema) => z.object({ inner: schema, again: schema }),
          (schema) => z.strictObject({ inner: schema }),
          (schema) => z.object({}).catchall(schema),
        ),
        tie('schemas'),
      )
      .map(([wrap, schema]) => wrap(schema)),
  ),
}));
