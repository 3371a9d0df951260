import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchema, McpTool, Public } from '../../../src/index.js';
import { CLIENT_MODES, connect } from '../clients.js';
import { startMcpApp, type McpApp } from '../fixtures.js';

const Point = z.object({ x: z.number(), y: z.number() }).meta({ id: 'Point' });
const Node = z
  .object({
    name: z.string().meta({ id: 'Name' }),
    get children() {
      return z.array(Node);
    },
  })
  .meta({ id: 'Node', title: 'A node' });
const Shape = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('dot'), at: Point }).meta({ id: 'Dot' }),
    z.object({ kind: z.literal('line'), from: Point, to: Point }).meta({ id: 'Line' }),
  ])
  .meta({ id: 'Shape' });
const Written = jsonSchema<{ n: number }>({
  $id: 'https://schemas.test/written',
  type: 'object',
  properties: { n: { $ref: '#/$defs/N' } },
  required: ['n'],
  $defs: { N: { type: 'number' } },
});

/** What a failed call carries: content that is no output. */
const PROBLEM = { code: 'FULL', left: 0 };
const failed = (structuredContent: object, content: object[] = TEXT): any => ({
  content,
  structuredContent,
  isError: true,
});
const TEXT = [{ type: 'text', text: 'No room left' }];

@Public()
class Tools {
  @McpTool({ description: 'An id at the root', output: Point })
  point() {
    return { x: 1, y: 2 };
  }

  @McpTool({ description: 'The same id in another tool', output: Point })
  other() {
    return { x: 3, y: 4 };
  }

  @McpTool({ description: 'A field with that id', output: z.object({ a: Point, b: Point }) })
  both() {
    return { a: { x: 1, y: 2 }, b: { x: 3, y: 4 } };
  }

  @McpTool({ description: 'Recursive', output: Node })
  node() {
    return { name: 'root', children: [{ name: 'leaf', children: [] }] };
  }

  @McpTool({ description: 'A choice', output: Shape })
  shape() {
    return { kind: 'dot' as const, at: { x: 1, y: 2 } };
  }

  @McpTool({ description: 'A list', output: z.array(Point).meta({ id: 'Points' }) })
  list() {
    return [{ x: 1, y: 2 }];
  }

  @McpTool({ description: 'Written by hand', output: Written })
  written() {
    return { n: 1 };
  }

  @McpTool({ description: 'Fails with other content', output: Point })
  fails() {
    return failed(PROBLEM);
  }

  @McpTool({ description: 'Fails with other content, also as text', output: Point })
  told() {
    return failed(PROBLEM, [{ type: 'text', text: JSON.stringify(PROBLEM) }]);
  }

  @McpTool({ description: 'Fails with content of the schema', output: Point })
  fits() {
    return failed({ x: 0, y: 0 });
  }

  @McpTool({ description: 'Fails with more than the schema has', output: Point })
  more() {
    return failed({ y: 0, x: 0, ...PROBLEM });
  }

  @McpTool({ description: 'Fails without a schema' })
  free() {
    return failed(PROBLEM);
  }
}

describe('a client reads', () => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await startMcpApp([Tools]);
  });
  afterAll(() => mcp.app.close());

  describe.each(CLIENT_MODES)('%s', (mode) => {
    it('outputs whose schemas have ids', async () => {
      const client = await connect(mode, mcp.url);
      // The client compiles every output schema now, and checks the calls against them.
      expect((await client.listTools()).tools).toHaveLength(12);
      for (const [name, expected] of [
        ['point', { x: 1, y: 2 }],
        ['other', { x: 3, y: 4 }],
        ['both', { a: { x: 1, y: 2 }, b: { x: 3, y: 4 } }],
        ['node', { name: 'root', children: [{ name: 'leaf', children: [] }] }],
        ['shape', { kind: 'dot', at: { x: 1, y: 2 } }],
        ['written', { n: 1 }],
      ] as const) {
        const { structuredContent, isError } = await client.callTool(name);
        expect([name, isError, structuredContent]).toEqual([name, undefined, expected]);
      }
      expect(JSON.stringify((await client.callTool('list')).structuredContent)).toContain('"x":1');
    });

    it('failures, whatever they carry', async () => {
      const client = await connect(mode, mcp.url);
      await client.listTools();
      const fails = await client.callTool('fails');
      expect(fails).toMatchObject({ isError: true, content: [...TEXT, { type: 'text' }] });
      expect(fails).not.toHaveProperty('structuredContent');
      expect(JSON.parse(fails.content[1]?.text ?? '')).toEqual(PROBLEM);
      const told = await client.callTool('told');
      expect(told.content).toEqual([{ type: 'text', text: JSON.stringify(PROBLEM) }]);
      const fits = await client.callTool('fits');
      expect(fits).toMatchObject({ isError: true, structuredContent: { x: 0, y: 0 } });
      expect(fits.content).toEqual(TEXT);
      const more = await client.callTool('more');
      expect(more.structuredContent).toEqual({ x: 0, y: 0 });
      expect(JSON.parse(more.content[1]?.text ?? '')).toEqual({ x: 0, y: 0, ...PROBLEM });
      expect((await client.callTool('free')).structuredContent).toEqual(PROBLEM);
    });
  });
});
