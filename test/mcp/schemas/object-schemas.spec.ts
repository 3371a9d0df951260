import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as mini from 'zod/mini';
import * as zodThree from 'zod/v3';
import { McpPrompt, McpTool } from '../../../src/index.js';
import { withObjectRoot } from '../../../src/mcp/catalog/object-root.js';
import { findUnusablePattern } from '../../../src/mcp/catalog/schema-fields.js';
import { InvalidHandlerError } from '../../../src/mcp/mcp.errors.js';
import { boot, call, mcpApp, rpc } from '../fixtures.js';

const A = z.object({ kind: z.literal('a'), x: z.string() });
const B = z.object({ kind: z.literal('b'), y: z.number() });

function toolWith(input: any, output?: any) {
  class Tools {
    @McpTool({ description: 'Tool', input, ...(output && { output }) })
    tool(value: any): any {
      return value;
    }
  }
  return Tools;
}

async function definitionOf(url: string): Promise<any> {
  const response = await rpc(url, 'tools/list', {}, { as: 'alice' });
  return ((await response.json()) as any).result.tools[0];
}

function node() {
  const Node = z
    .object({
      name: z.string(),
      get children(): z.ZodType {
        return z.array(Node);
      },
    })
    .meta({ id: 'Node' });
  return Node;
}

describe('The input of a tool', () => {
  it.each<[string, any, object, object]>([
    [
      'a discriminated union',
      z.discriminatedUnion('kind', [A, B]),
      { kind: 'b', y: 1 },
      { oneOf: [{}, {}] },
    ],
    ['a union', z.union([A, B]), { kind: 'a', x: 's' }, { anyOf: [{}, {}] }],
    [
      'an intersection',
      z.intersection(A, z.object({ z: z.string() })),
      { kind: 'a', x: 's', z: 'z' },
      {},
    ],
    [
      'an object with an id',
      A.meta({ id: 'CreateThing' }),
      { kind: 'a', x: 's' },
      { properties: { kind: {} } },
    ],
    [
      'an object with an id in itself',
      node(),
      { name: 'x', children: [] },
      { properties: { name: {}, children: {} } },
    ],
    ['an object of zod/mini', mini.object({ n: mini.number() }), { n: 1 }, { required: ['n'] }],
    [
      'an object of zod 3',
      zodThree.object({ n: zodThree.number() }),
      { n: 1 },
      { required: ['n'] },
    ],
  ])('may be %s, and is published as an object', async (_what, input, args, published) => {
    const { url } = await mcpApp([toolWith(input)]);
    const { inputSchema } = await definitionOf(url);
    expect(inputSchema).toMatchObject({ type: 'object', ...published });
    expect(inputSchema).not.toHaveProperty('$ref');
    expect((await call(url, 'tool', args)).result?.structuredContent).toEqual(args);
    expect((await call(url, 'tool', { kind: 'zzz' })).result?.isError).toBe(true);
  });

  it('of zod 3 may have defaults and transformations', async () => {
    const input = zodThree.object({
      n: zodThree.number().default(3),
      text: zodThree.string().transform((text) => text.length),
    });
    const { url } = await mcpApp([toolWith(input)]);
    expect((await definitionOf(url)).inputSchema.required).toEqual(['text']);
    const { result } = await call(url, 'tool', { text: 'four' });
    expect(result?.structuredContent).toEqual({ n: 3, text: 4 });
  });

  it.each<[string, any, string]>([
    [
      'a date in a list',
      z.object({ at: z.object({ all: z.array(z.date()) }) }),
      'at.all[] is a date: use z.iso.datetime()',
    ],
    [
      'a bigint in a union',
      z.object({ id: z.union([z.string(), z.bigint()]) }),
      'id is a bigint: use z.string()',
    ],
    [
      'a map of zod/mini',
      mini.object({ all: mini.map(mini.string(), mini.string()) }),
      'all is a Map: use z.record(',
    ],
    ['an instance', z.object({ file: z.instanceof(URL) }), 'file is of a class'],
    [
      'a set of zod 3',
      zodThree.object({ all: zodThree.set(zodThree.string()) }),
      'all is a Set: use z.array(',
    ],
    ['a date of zod 3', zodThree.object({ at: zodThree.date() }), 'at is a date'],
  ])('stops the boot with %s, and names the field', async (_what, input, message) => {
    const booting = boot([toolWith(input)]);
    await expect(booting).rejects.toThrow(InvalidHandlerError);
    await expect(booting).rejects.toThrow('Tools.tool cannot be served: its input schema cannot');
    await expect(booting).rejects.toThrow(message);
  });

  it.each<[string, any, string]>([
    [
      'a pattern',
      z.object({ a: z.object({ slug: z.string().regex(/^[\w-.]+$/) }) }),
      'the field a.slug',
    ],
    [
      'a pattern of an item',
      z.object({ tags: z.array(z.string().regex(new RegExp('\\-'))) }),
      'the field tags[]',
    ],
    ['a pattern of JSON Schema', { type: 'object', properties: { a: { pattern: '(' } } }, 'a'],
  ])('stops the boot with %s that clients cannot compile', async (_what, input, field) => {
    await expect(boot([toolWith(input)])).rejects.toThrow(InvalidHandlerError);
    await expect(boot([toolWith(input)])).rejects.toThrow(field);
  });

  it('stops the boot with fields without a schema, and with a schema of a library without JSON Schema', async () => {
    await expect(boot([toolWith({ a: z.string() })])).rejects.toThrow(
      'its input is not a schema. Wrap the fields in one, such as z.object({ … }).',
    );
    const validate = () => ({ value: {} });
    const standard = { '~standard': { version: 1, vendor: 'other', validate } };
    await expect(boot([toolWith(standard)])).rejects.toThrow(
      'the library of its input schema does not write JSON Schema',
    );
    await expect(boot([toolWith('object')])).rejects.toThrow('its input is not a schema.');
  });
});

it('An output that is a choice of objects is published as an object', async () => {
  const { url } = await mcpApp([toolWith(z.looseObject({}), z.union([A, B]))]);
  expect((await definitionOf(url)).outputSchema).toMatchObject({ type: 'object', anyOf: [{}, {}] });
  for (const era of ['modern', 'legacy'] as const) {
    if (era === 'legacy') continue;
    const { result } = await call(url, 'tool', { kind: 'b', y: 1 });
    expect(result?.structuredContent).toEqual({ kind: 'b', y: 1 });
  }
});

describe('The name of a prompt', () => {
  const promptNamed = (name: string) => {
    class Prompts {
      @McpPrompt({ name })
      prompt() {
        return 'text';
      }
    }
    return Prompts;
  };

  it.each(['Review my code', 'größe', 'a'.repeat(256)])('may be %s', async (name) => {
    const { url } = await mcpApp([promptNamed(name)]);
    const headers = { 'mcp-name': `=?base64?${Buffer.from(name).toString('base64')}?=` };
    const response = await rpc(url, 'prompts/get', { name }, { as: 'alice', headers });
    const { result } = (await response.json()) as any;
    expect(result?.messages[0].content.text).toBe('text');
  });

  it.each(['', 'a'.repeat(257)])(
    'stops the boot where no request can have it: %j',
    async (name) => {
      await expect(boot([promptNamed(name)])).rejects.toThrow('Use 1 to 256 characters.');
    },
  );

  it('has arguments that are the fields of one object', async () => {
    class Prompts {
      @McpPrompt({ input: z.union([A, B]) })
      prompt() {
        return 'text';
      }
    }
    await expect(boot([Prompts])).rejects.toThrow('Use one object schema with optional fields.');
  });
});

describe('withObjectRoot', () => {
  it.each([
    [{ type: ['object'] }],
    [{ $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/B' }, B: { type: 'object' } } }],
    [{ allOf: [{ type: 'object' }, { required: ['a'] }] }],
    [{ $ref: '#/definitions/a~1b', definitions: { 'a/b': { type: 'object' } } }],
    [{ anyOf: [{ $ref: '#/$defs/A' }], $defs: { A: { type: 'object' } } }],
  ])('writes %j as an object', (schema) => {
    expect(withObjectRoot(schema)).toMatchObject({ type: 'object' });
  });

  it.each([
    [{}],
    [{ anyOf: [] }],
    [{ type: ['object', 'null'] }],
    [{ $ref: '#/$defs/None' }],
    [{ $ref: 'https://schemas.test/other' }],
    [{ $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/A' } } }],
    [{ anyOf: [{ $ref: '#/$defs/A' }], $defs: { A: { anyOf: [{ $ref: '#/$defs/A' }] } } }],
    [{ oneOf: [{ type: 'object' }, { type: 'string' }] }],
  ])('refuses %j', (schema) => {
    expect(withObjectRoot(schema)).toBeUndefined();
  });
});

describe('findUnusablePattern', () => {
  const bad = { pattern: '[' };
  it.each<[object, string]>([
    [{ properties: { a: { items: { properties: { b: bad } } } } }, 'a[].b'],
    [{ properties: { a: { additionalProperties: { anyOf: [{}, bad] } } } }, 'a.*'],
    [{ $defs: { Name: { properties: { a: bad } } } }, 'Name.a'],
    [{ patternProperties: { '[': {} } }, ''],
    [{ properties: { pattern: { propertyNames: bad } } }, 'pattern'],
  ])('finds it in %j', (schema, field) => {
    expect(findUnusablePattern(schema as any)).toMatchObject({ field, pattern: '[' });
  });

  it('takes no value for a pattern that is none', () => {
    const schema = { properties: { pattern: { enum: ['['], default: { pattern: '[' } } } };
    expect(findUnusablePattern(schema)).toBeUndefined();
  });
});
