import { Body, Headers, Query, Req } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { InvalidHandlerError } from '../../../src/mcp/mcp.errors.js';
import { mcpApp, rpc, boot } from '../fixtures.js';
import { Celsius } from './hand-written-schema.js';

async function definitions(...providers: unknown[]): Promise<Record<string, any>[]> {
  const { url } = await mcpApp(providers);
  const response = await rpc(url, 'tools/list', {}, { as: 'alice' });
  return ((await response.json()) as any).result.tools;
}

describe('ToolCompiler', () => {
  it('describes a tool with everything that its decorator says', async () => {
    class Tools {
      @McpTool({
        name: 'weather.read',
        title: 'Weather',
        description: 'Reads the weather',
        input: z.object({
          city: z.string().min(1).describe('Where'),
          days: z.number().int().default(1),
        }),
        output: z.object({ degrees: z.number() }),
        annotations: { readOnlyHint: true, openWorldHint: false },
        icons: [{ src: 'https://api.test/icon.png', mimeType: 'image/png' }],
        _meta: { 'example.com/theme': 'dark' },
      })
      read() {
        return { degrees: 21 };
      }
    }
    const [tool] = await definitions(Tools);
    expect(tool).toMatchObject({
      name: 'weather.read',
      title: 'Weather',
      description: 'Reads the weather',
      annotations: { readOnlyHint: true, openWorldHint: false },
      icons: [{ src: 'https://api.test/icon.png', mimeType: 'image/png' }],
      _meta: { 'example.com/theme': 'dark' },
      inputSchema: {
        type: 'object',
        properties: {
          city: { type: 'string', minLength: 1, description: 'Where' },
          days: { type: 'integer', default: 1 },
        },
        required: ['city'],
      },
      outputSchema: { type: 'object', properties: { degrees: { type: 'number' } } },
    });
  });

  it('says nothing that the decorator does not say', async () => {
    class Tools {
      @McpTool({ description: 'Bare' })
      bare() {}
    }
    expect(await definitions(Tools)).toEqual([
      { name: 'bare', description: 'Bare', inputSchema: { type: 'object', properties: {} } },
    ]);
  });

  it('describes the arguments as a client sends them, the result as it is sent back', async () => {
    class Tools {
      @McpTool({
        description: 'Both sides',
        input: z.object({ at: z.string().transform((text) => new Date(text)) }),
        output: z.object({ at: z.string().default('now') }),
      })
      both() {
        return {};
      }
    }
    const [tool] = await definitions(Tools);
    expect(tool?.['inputSchema'].properties.at).toEqual({ type: 'string' });
    expect(tool?.['outputSchema'].required).toEqual(['at']);
  });

  it('lists tools in one order, whatever the order of providers', async () => {
    const tool = (name: string) => {
      class Tools {
        @McpTool({ name, description: name })
        run() {}
      }
      return Tools;
    };
    const names = ['b', 'a', 'B', 'a.b', 'a-b', 'Z', '10', '9'];
    const inOrder = (await definitions(...names.map(tool))).map(({ name }) => name);
    const inReverse = (await definitions(...names.toReversed().map(tool))).map(({ name }) => name);
    expect(inOrder).toEqual(inReverse);
    expect(inOrder).toEqual(names.toSorted());
  });

  it('takes schemas of any library that speaks Standard Schema with JSON Schema', async () => {
    class Tools {
      @McpTool({ description: 'Converts', input: Celsius, output: Celsius })
      toFahrenheit({ degrees }: { degrees: number }) {
        return { degrees: degrees * 1.8 + 32 };
      }
    }
    const { url } = await mcpApp([Tools]);
    const call = async (degrees: unknown) => {
      const params = { name: 'toFahrenheit', arguments: { degrees } };
      return ((await (await rpc(url, 'tools/call', params, { as: 'alice' })).json()) as any).result;
    };
    expect((await call(20)).structuredContent).toEqual({ degrees: 68 });
    expect((await call('cold')).content[0].text).toBe(
      'Invalid input for toFahrenheit: degrees: must be a number',
    );
    const [tool] = await definitions(Tools);
    expect(tool?.['inputSchema']).toEqual({
      type: 'object',
      properties: { degrees: { type: 'number', title: 'input' } },
    });
    expect(tool?.['outputSchema'].properties.degrees.title).toBe('output');
  });

  it('takes names of up to 128 characters', async () => {
    for (const name of ['a', 'A.b-c_9', 'a'.repeat(128)]) {
      class Tools {
        @McpTool({ name, description: 'Named' })
        tool() {}
      }
      expect((await definitions(Tools))[0]?.['name']).toBe(name);
    }
  });

  it.each(['', 'has space', 'ümlaut', 'a/b', 'a'.repeat(129), 'semi;colon', 'new\nline', 'end\n'])(
    'refuses the name %j',
    async (name) => {
      class Tools {
        @McpTool({ name, description: 'Misnamed' })
        tool() {}
      }
      await expect(boot([Tools])).rejects.toThrow(/^Tools\.tool cannot be served: ".*" is no/s);
    },
  );

  it.each([
    ['a string', z.string()],
    ['an array', z.array(z.string())],
    ['an object or a string', z.union([z.object({ a: z.string() }), z.string()])],
    ['an object or nothing', z.object({ a: z.string() }).nullable()],
  ])('refuses arguments that are %s', async (_, input) => {
    class Tools {
      @McpTool({ description: 'Not an object', input })
      tool() {}
    }
    await expect(boot([Tools])).rejects.toThrow('its arguments are an object');
  });

  it.each([
    ['input', { input: z.object({ at: z.date() }) }],
    ['output', { output: z.object({ at: z.date() }) }],
    ['output', { output: z.object({ n: z.string().transform(Number) }) }],
    ['output', { output: z.object({ big: z.bigint() }) }],
  ])('refuses an %s schema that JSON Schema cannot express', async (side, schemas) => {
    class Tools {
      @McpTool({ description: 'Unrepresentable', ...schemas } as any)
      tool() {}
    }
    const booting = boot([Tools]);
    await expect(booting).rejects.toThrow(InvalidHandlerError);
    await expect(booting).rejects.toThrow(`its ${side} schema cannot be written as JSON Schema`);
    await expect(booting).rejects.toHaveProperty('cause');
  });

  it('refuses parameters that read an HTTP route, and says where to take them from', async () => {
    class WithBody {
      @McpTool({ description: 'Reads the body', input: z.object({}) })
      tool(_input: object, @Body() _body: never) {}
    }
    class WithQuery {
      @McpTool({ description: 'Reads the query' })
      tool(@Query('q') _q: never) {}
    }
    class WithHeaders {
      @McpTool({ description: 'Reads headers' })
      tool(@Headers('authorization') _token: never) {}
    }
    class WithRequest {
      @McpTool({ description: 'Reads the request' })
      tool(@Req() _request: never) {}
    }
    await expect(boot([WithBody])).rejects.toThrow(
      'WithBody.tool cannot be served: parameter 2 reads an HTTP route',
    );
    for (const type of [WithQuery, WithHeaders, WithRequest]) {
      await expect(boot([type])).rejects.toThrow('parameter 1 reads an HTTP route');
    }
  });

  it.each<[string, () => unknown]>([
    [
      'a generator',
      function* () {
        yield 1;
      },
    ],
    [
      'an async generator',
      async function* () {
        yield 1;
      },
    ],
  ])('stops the boot where the method is %s', async (_what, method) => {
    class Generators {
      tool() {}
    }
    const descriptor = { value: method, configurable: true, writable: true };
    Object.defineProperty(Generators.prototype, 'tool', descriptor);
    McpTool({ description: 'Yields' })(Generators.prototype, 'tool', descriptor);
    await expect(boot([Generators])).rejects.toThrow(
      'Generators.tool cannot be served: it is a generator',
    );
  });
});
