import { createParamDecorator } from '@nestjs/common';
import { expect, it } from 'vitest';
import * as z from 'zod';
import * as mini from 'zod/mini';
import * as zodThree from 'zod/v3';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { jsonSchema } from '../../../src/mcp/authoring/schema.js';
import { Celsius } from '../catalog/hand-written-schema.js';

class Place {
  city!: string;

  describe(): string {
    return this.city;
  }
}
const PlaceSchema = jsonSchema<{ city: string }>({ type: 'object' });
const Sum = z.object({ sum: z.number() });
const Pair = z.object({ a: z.coerce.number(), b: z.number().default(1) });
const User = createParamDecorator(() => 'alice');

// What must compile, and what must not: `tsc -p test` checks the comments.
class Signatures {
  @McpTool({ description: 'fits', input: Pair, output: Sum })
  fits({ a, b }: { a: number; b: number }, _context: McpContext, @User() _user: string) {
    return { sum: a + b };
  }

  @McpTool({ description: 'async fits', input: Pair, output: Sum })
  async fitsAsync(input: z.infer<typeof Pair>) {
    return { sum: input.a };
  }

  @McpTool({ description: 'takes less than the schema gives', input: Pair })
  takesLess({ a }: { a: number }) {
    return a;
  }

  @McpTool({ description: 'takes nothing', input: Pair })
  takesNothing() {}

  @McpTool({
    description: 'returns what defaults complete',
    output: z.object({ n: z.number().default(1) }),
  })
  leavesDefaults() {
    return {};
  }

  @McpTool({ description: 'hand-written schema', input: Celsius, output: Celsius })
  convert({ degrees }: { degrees: number }) {
    return { degrees };
  }

  // @ts-expect-error the schema gives a number
  @McpTool({ description: 'wrong input type', input: Pair })
  wrongInput({ a }: { a: string }) {
    return a;
  }

  // @ts-expect-error the schema gives no such field
  @McpTool({ description: 'unknown input field', input: Pair })
  unknownInput({ c }: { c: number }) {
    return c;
  }

  // @ts-expect-error the schema wants a number
  @McpTool({ description: 'wrong output type', output: Sum })
  wrongOutput() {
    return { sum: 'three' };
  }

  // @ts-expect-error a field is missing
  @McpTool({ description: 'missing output', output: Sum })
  missingOutput() {
    return {};
  }

  // @ts-expect-error nothing is returned
  @McpTool({ description: 'no output', output: Sum })
  noOutput() {}

  // @ts-expect-error wrong in a promise too
  @McpTool({ description: 'wrong async output', output: Sum })
  async wrongAsyncOutput() {
    return { sum: 'three' };
  }

  // @ts-expect-error a tool has a description
  @McpTool({ input: Pair })
  undescribed(_input: z.infer<typeof Pair>) {}

  @McpTool({ description: 'a class', input: Place, output: Place })
  ofClass({ city }: Place, _context: McpContext) {
    return { city };
  }

  // @ts-expect-error the class has no such field
  @McpTool({ description: 'a class with another field', input: Place })
  ofOtherClass({ country }: { country: string }) {
    return country;
  }

  // @ts-expect-error the class has a text there
  @McpTool({ description: 'not what the class has', output: Place })
  wrongClass() {
    return { city: 1 };
  }

  @McpTool({ description: 'JSON Schema', input: { type: 'object', properties: {} } })
  ofJsonSchema(input: unknown) {
    return input;
  }

  // @ts-expect-error nothing is known of the value
  @McpTool({ description: 'JSON Schema without a type', input: { type: 'object' } })
  ofUntypedJsonSchema({ city }: { city: string }) {
    return city;
  }

  @McpTool({ description: 'typed JSON Schema', input: PlaceSchema, output: PlaceSchema })
  ofTypedJsonSchema({ city }: { city: string }) {
    return { city };
  }

  // @ts-expect-error the type says text
  @McpTool({ description: 'typed JSON Schema, wrong', input: PlaceSchema })
  ofWrongJsonSchema({ city }: { city: number }) {
    return city;
  }

  @McpTool({ description: 'zod/mini', input: mini.object({ n: mini.number() }) })
  ofMini({ n }: { n: number }) {
    return n;
  }

  @McpTool({ description: 'zod 3', input: zodThree.object({ n: zodThree.number() }) })
  ofZodThree({ n }: { n: number }) {
    return n;
  }

  // @ts-expect-error the fields of a schema without the schema around them
  @McpTool({ description: 'no schema', input: { n: z.number() } })
  ofShape() {}
}

it('a handler whose signature does not fit its schemas does not compile', () => {
  expect(Signatures).toBeDefined();
});
