import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonSchema, McpTool } from '../../../src/index.js';
import { boot, call, rpc, startMcpApp, type McpApp } from '../fixtures.js';

const PLACE = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1 },
    size: { enum: ['big', 'small'] },
    at: { type: 'object', properties: { 'a/b': { type: 'number' } } },
    mail: { type: 'string', format: 'email' },
  },
  required: ['city'],
  additionalProperties: false,
} as const;

const Sum = jsonSchema<{ sum: number }>({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { sum: { type: 'number' } },
  required: ['sum'],
});

class Tools {
  @McpTool({ description: 'Reads', input: PLACE })
  read(place: unknown) {
    return { place };
  }

  @McpTool({ description: 'Adds', input: Sum, output: Sum })
  add({ sum }: { sum: number }) {
    return sum > 9 ? ({ sum: 'many' } as unknown as { sum: number }) : { sum: sum + 1 };
  }

  @McpTool({
    description: 'Takes one of two',
    input: jsonSchema<object>({
      $ref: '#/$defs/A',
      $defs: { A: { anyOf: [PLACE, { type: 'object', required: ['id'] }] } },
    }),
  })
  either(input: object) {
    return input;
  }
}

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([Tools]);
});
afterAll(() => mcp.app.close());

describe('A JSON Schema as input or output', () => {
  it('is published as it is', async () => {
    const response = await rpc(mcp.url, 'tools/list', {}, { as: 'alice' });
    const { tools } = ((await response.json()) as any).result;
    const [add, either, read] = tools;
    expect(read.inputSchema).toEqual(PLACE);
    expect(add.outputSchema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(either.inputSchema).toEqual({ type: 'object', anyOf: [PLACE, expect.anything()] });
  });

  it('validates, and gives the value as it came', async () => {
    const place = { city: 'Bern', at: { 'a/b': 1 } };
    expect((await call(mcp.url, 'read', place)).result?.structuredContent).toEqual({ place });
    expect((await call(mcp.url, 'add', { sum: 1 })).result?.structuredContent).toEqual({ sum: 2 });
  });

  it.each<[string, object, string]>([
    ['a missing field', {}, 'city: is required'],
    ['an unknown field', { city: 'a', admin: 1 }, 'admin: is not known'],
    ['a wrong type below', { city: 'a', at: { 'a/b': 'x' } }, 'at.a/b: must be number'],
    ['a wrong choice', { city: 'a', size: 'huge' }, 'size: must be one of "big","small"'],
    ['a format', { city: 'a', mail: 'secret' }, 'mail: must match format "email"'],
    [
      'two problems',
      { city: '', size: 1 },
      'city: must NOT have fewer than 1 characters; size: must',
    ],
  ])('refuses %s, and names the field without its value', async (_what, args, message) => {
    const { result, text } = await call(mcp.url, 'read', args);
    expect(result?.isError).toBe(true);
    expect(text).toContain(`Invalid input for read: ${message}`);
    expect(text).not.toMatch(/huge|secret/);
  });

  it('is a bug of the handler where its output does not fit', async () => {
    expect((await call(mcp.url, 'add', { sum: 10 })).text).toMatch(/^Internal error/);
    expect(mcp.log.errors.at(-1)).toContain('sum: must be number');
  });

  it.each<[string, object, string]>([
    ['an unknown type', { type: 'objekt' }, 'its input is not a valid JSON Schema'],
    ['required that is no list', { type: 'object', required: 'a' }, 'data/required must be array'],
    [
      'a reference to nothing',
      { type: 'object', properties: { a: { $ref: '#/$defs/A' } } },
      "can't resolve reference",
    ],
    [
      'an unknown dialect',
      { type: 'object', $schema: 'https://schemas.test/1' },
      '$schema is "https://schemas.test/1"',
    ],
    ['something else than objects', { type: 'string' }, 'its arguments are an object'],
    ['a value that JSON does not have', { type: 'object', default: 1n }, 'BigInt'],
  ])('stops the boot with %s', async (_what, input, message) => {
    class Broken {
      @McpTool({ description: 'Broken', input: input as { type: 'object' } })
      tool() {}
    }
    await expect(boot([Broken])).rejects.toThrow('Broken.tool cannot be served');
    await expect(boot([Broken])).rejects.toThrow(message);
  });
});
