import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { InvalidHandlerError } from '../../../src/mcp/mcp.errors.js';
import type { McpSchema } from '../../../src/mcp/authoring/schema.js';
import { defineTool } from '../../../src/mcp/catalog/tool-compiler.js';
import { Celsius } from './hand-written-schema.js';

const Input = () => z.object({ city: z.string().describe('Where') });

function define(input?: McpSchema, output?: McpSchema) {
  return defineTool('Tools.run', { name: 'run', description: 'Runs', input, output, _meta: {} });
}

/** Counts how often a schema is written. */
function watch(schema: McpSchema) {
  const { jsonSchema } = schema['~standard'];
  return vi.spyOn(jsonSchema, 'input');
}

describe('defineTool', () => {
  it('writes a schema when it is first read, and once', () => {
    const input = Input();
    const written = watch(input);
    const { definition } = define(input);
    expect(written).not.toHaveBeenCalled();
    const { inputSchema } = definition;
    expect(inputSchema).toMatchObject({ type: 'object', required: ['city'] });
    expect(definition.inputSchema).toBe(inputSchema);
    expect(written).toHaveBeenCalledTimes(1);
  });

  it('writes a schema at once that only its library knows to have words', () => {
    const written = watch(Celsius);
    define(Celsius);
    expect(written).toHaveBeenCalledTimes(1);
    written.mockRestore();
  });

  it('says all in the order in which it always says it', () => {
    const { definition } = define(Input(), Input());
    expect(Object.keys(JSON.parse(JSON.stringify(definition)))).toEqual([
      'name',
      'description',
      'inputSchema',
      'outputSchema',
      '_meta',
    ]);
    expect({ ...definition }.outputSchema).toMatchObject({ type: 'object' });
  });

  it.each<[string, McpSchema | undefined, McpSchema | undefined]>([
    ['an input without words', z.object({ at: z.date() }), undefined],
    ['an output without words', undefined, z.object({ at: z.date() })],
    ['an input that is no object', z.string(), undefined],
    ['an input that shares an id', z.object({ a: shared(), b: shared() }), undefined],
  ])('refuses %s at once', (_what, input, output) => {
    expect(() => define(input, output)).toThrow(InvalidHandlerError);
  });

  it.each<[string, McpSchema | undefined, boolean]>([
    ['no output', undefined, true],
    ['an object', Input(), true],
    ['an object in words of its library', Celsius, true],
    ['a list', z.array(z.string()), false],
    ['one of two objects', z.union([Input(), Input()]), true],
    ['an object or a list', z.union([Input(), z.array(Input())]), false],
  ])('knows of %s whether the result is an object', (_what, output, isObject) => {
    expect(define(undefined, output).hasObjectOutput).toBe(isObject);
  });

  it.each<[string, McpSchema | undefined, boolean]>([
    ['no input', undefined, false],
    ['plain fields', Input(), false],
    ['a field with a header', z.object({ a: z.string().meta({ 'x-mcp-header': 'A' }) }), true],
  ])('knows of %s whether a header repeats it', (_what, input, reads) => {
    const { readsHeaders } = define(input);
    expect([readsHeaders(), readsHeaders()]).toEqual([reads, reads]);
  });
});

function shared() {
  return z.string().meta({ id: 'shared' });
}
