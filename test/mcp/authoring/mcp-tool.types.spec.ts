import { createParamDecorator } from '@nestjs/common';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { Celsius } from '../catalog/hand-written-schema.js';

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

  // @ts-expect-error no schema at all
  @McpTool({ description: 'no schema', input: { type: 'object' } })
  plainJsonSchema() {}
}

it('a handler whose signature does not fit its schemas does not compile', () => {
  expect(Signatures).toBeDefined();
});
