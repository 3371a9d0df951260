import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { McpSchema } from '../../../src/mcp/authoring/schema.js';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import { boot, mcpApp } from '../fixtures.js';

const promptTaking = (input: McpSchema) => {
  @Injectable()
  class Prompts {
    @McpPrompt({ description: 'A prompt', input })
    review() {
      return 'text';
    }
  }
  return Prompts;
};

describe('an argument of a prompt', () => {
  it.each<[string, McpSchema, string]>([
    [
      'a number',
      z.object({ n: z.number() }),
      'of the type number, but clients send text. Write z.coerce.number()',
    ],
    [
      'an integer',
      z.object({ n: z.int() }),
      'of the type integer, but clients send text. Write z.coerce.number().int()',
    ],
    ['an optional number', z.object({ n: z.number().optional() }), 'of the type number'],
    ['a number with a default', z.object({ n: z.number().default(3) }), 'of the type number'],
    ['a number beside text', z.object({ a: z.string(), n: z.number() }), 'of the type number'],
    [
      'a boolean',
      z.object({ n: z.boolean() }),
      'of the type boolean, but clients send text. Write z.stringbool()',
    ],
    [
      'a list',
      z.object({ n: z.array(z.string()) }),
      'of the type array, but clients send text. Take text',
    ],
    ['an object', z.object({ n: z.object({ a: z.string() }) }), 'of the type object'],
  ])('stops the boot where it is %s', async (_, input, problem) => {
    await expect(boot([promptTaking(input)])).rejects.toMatchObject({
      code: 'INVALID_HANDLER',
      message: expect.stringContaining(
        `Prompts.review cannot be served: its argument "n" is ${problem}`,
      ),
    });
  });

  it.each<[string, McpSchema]>([
    ['text', z.object({ n: z.string() })],
    ['one of several texts', z.object({ n: z.enum(['a', 'b']) })],
    ['a number that is converted', z.object({ n: z.coerce.number().min(5_000).max(6_000) })],
    ['a boolean that is converted', z.object({ n: z.stringbool() })],
    ['text or a number', z.object({ n: z.union([z.string(), z.number()]) })],
    ['text that is transformed', z.object({ n: z.string().transform(Number) })],
    ['anything', z.object({ n: z.unknown() })],
    ['checked later', z.object({ n: z.coerce.number().refine(async () => false) })],
    [
      'what throws',
      z.object({
        n: z.coerce.number().refine(() => {
          throw new Error('x');
        }),
      }),
    ],
  ])('may be %s', async (_, input) => {
    const { app } = await mcpApp([promptTaking(input)]);
    expect(app.get(McpCatalog).prompts.size).toBe(1);
  });
});
