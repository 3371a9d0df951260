import {
  Body,
  Controller,
  Delete,
  Get,
  Param,
  ParseArrayPipe,
  ParseIntPipe,
  Post,
  Put,
  Query,
  Req,
  HttpCode,
  DefaultValuePipe,
} from '@nestjs/common';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';

import { call } from '../fixtures.js';
import { ADAPTERS, IS_NEST_12, listTools, routeApp } from './route-app.js';

/** A `ParseArrayPipe` without its constructor, which needs class-validator. */
const NUMBERS: ParseArrayPipe = Object.assign(Object.create(ParseArrayPipe.prototype), {
  options: { items: Number, optional: true },
  transform: (value?: string | string[]) => value && [value].flat().map(Number),
});

describe.each(ADAPTERS)('The arguments of a route, on %s', (adapter) => {
  it('fills in the path, the query and the body', async () => {
    @Controller('notes')
    class Notes {
      @McpTool({ description: 'Changes a note' })
      @Put(':id/versions/:version')
      change(
        @Param('id') id: string,
        @Param('version', ParseIntPipe) version: number,
        @Query('tag') tags: string[],
        @Query('page', new DefaultValuePipe(1), ParseIntPipe) page: number,
        @Body('text') text: string,
      ) {
        return { id, version, tags, page, text };
      }
    }
    const { url } = await routeApp(adapter, [Notes]);
    const [tool] = await listTools(url);
    expect(tool).toEqual({
      name: 'change',
      description: 'Changes a note',
      annotations: { idempotentHint: true },
      inputSchema: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          version: { type: 'integer' },
          tag: { type: 'array', items: { type: 'string' } },
          page: { type: 'integer', default: 1 },
          text: { type: 'string' },
        },
        required: ['id', 'version', 'text'],
        additionalProperties: false,
      },
    });
    const input = { id: 'a/b ?#%ä', version: 7, tag: ['x&y', 'z'], text: 'é "quoted"' };
    const { result } = await call(url, 'change', input);
    expect(result?.structuredContent).toEqual({
      id: 'a/b ?#%ä',
      version: 7,
      tags: ['x&y', 'z'],
      page: 1,
      text: 'é "quoted"',
    });
  });

  it('leaves optional parameters out, and repeats arrays in the query', async () => {
    @Controller('days')
    class Days {
      @McpTool({ description: 'A day' })
      @Get(adapter === 'fastify' ? 'of/:month/:day?' : 'of/:month{/:day}')
      day(
        @Param('month') month: string,
        @Param('day') day: string | undefined,
        @Query('tags', NUMBERS) tags?: number[],
      ) {
        return { month, day: day ?? null, tags: tags ?? null };
      }
    }
    const { url } = await routeApp(adapter, [Days]);
    const [{ inputSchema } = { inputSchema: {} }] = await listTools(url);
    expect(inputSchema.required).toEqual(['month']);
    expect(inputSchema.properties.tags).toEqual({ type: 'array', items: { type: 'number' } });
    const without = await call(url, 'day', { month: 'may' });
    expect(without.result?.structuredContent).toEqual({ month: 'may', day: null, tags: null });
    const whole = await call(url, 'day', { month: 'may', day: 3, tags: [1, 2] });
    expect(whole.result?.structuredContent).toEqual({ month: 'may', day: '3', tags: [1, 2] });
    const one = await call(url, 'day', { month: 'may', tags: [1] });
    expect(one.result?.structuredContent.tags).toEqual([1]);
  });

  it('fills in wildcards segment by segment', async () => {
    @Controller('files')
    class Files {
      @McpTool({ description: 'A file' })
      @Get(adapter === 'fastify' ? '*' : '*path')
      file(@Req() request: { url: string }) {
        return request.url;
      }
    }
    const { url } = await routeApp(adapter, [Files]);
    expect((await call(url, 'file', { path: 'a b/c?d' })).text).toBe('/files/a%20b/c%3Fd');
    for (const path of ['../secret', 'a/./b', 'a//b', '']) {
      expect((await call(url, 'file', { path })).text).toContain('path: it is part of a path');
    }
  });

  it('validates an explicit input, and sends what the schema makes of it', async () => {
    @Controller('notes')
    class Notes {
      @McpTool({
        description: 'Adds a note',
        input: z.object({
          folder: z.string(),
          text: z.string().trim().min(1),
          due: z.string().default('today'),
          draft: z.boolean().optional(),
        }),
        route: {},
      })
      @Post(':folder')
      add(@Param('folder') folder: string, @Query('draft') draft: string, @Body() body: object) {
        return { folder, draft: draft ?? null, body };
      }
    }
    const { url } = await routeApp(adapter, [Notes]);
    const { result } = await call(url, 'add', { folder: 'f', text: ' x ', draft: true });
    expect(result?.structuredContent).toEqual({
      folder: 'f',
      draft: 'true',
      body: { text: 'x', due: 'today' },
    });
    const invalid = await call(url, 'add', { folder: 'f', text: '' });
    expect(invalid.result?.isError).toBe(true);
    expect(invalid.text).toContain('Invalid input for add: text:');
  });

  it('sends a whole body as one field', async () => {
    @Controller('lists')
    class Lists {
      @McpTool({ description: 'Adds up', route: { body: 'numbers' } })
      @Post(':id')
      sum(@Param('id') id: string, @Body() numbers: number[]) {
        return { id, sum: numbers.reduce((sum, one) => sum + one, 0) };
      }
    }
    const { url } = await routeApp(adapter, [Lists]);
    const [{ inputSchema } = { inputSchema: {} }] = await listTools(url);
    expect(inputSchema.properties.numbers).toEqual({ type: 'array', items: {} });
    const { result } = await call(url, 'sum', { id: 'a', numbers: [1, 2, 3] });
    expect(result?.structuredContent).toEqual({ id: 'a', sum: 6 });
  });

  it.runIf(IS_NEST_12)(
    'reads the body and the query from standard schemas of the parameters',
    async () => {
      const Page = z.object({ page: z.coerce.number().default(1) });
      const Note = z.object({ text: z.string(), tags: z.array(z.string()).optional() });
      @Controller('notes')
      class Notes {
        @McpTool({ description: 'Adds a note' })
        @Post()
        add(@Query({ schema: Page }) page: object, @Body({ schema: Note }) note: object) {
          return { page, note };
        }
      }
      const { url } = await routeApp(adapter, [Notes]);
      const [{ inputSchema } = { inputSchema: {} }] = await listTools(url);
      expect(Object.keys(inputSchema.properties)).toEqual(['page', 'text', 'tags']);
      expect(inputSchema.required).toEqual(['text']);
      const { result } = await call(url, 'add', { text: 'a', tags: ['b'], page: 2 });
      expect(result?.structuredContent).toMatchObject({ note: { text: 'a', tags: ['b'] } });
    },
  );

  it('refuses arguments that the request cannot carry', async () => {
    @Controller('notes')
    class Notes {
      @McpTool({ description: 'A note' })
      @Get(':id')
      note(@Param('id') id: string, @Query('q') q: string) {
        return { id, q };
      }
    }
    const { url } = await routeApp(adapter, [Notes]);
    const textOf = async (input: unknown) => (await call(url, 'note', input)).text;
    expect(await textOf({})).toBe('Invalid input for note: id: it is part of the path and missing');
    expect(await textOf({ id: '..' })).toContain('must not be empty, "." or ".."');
    expect(await textOf({ id: '' })).toContain('must not be empty');
    expect(await textOf({ id: ['a'] })).toContain('id: it is part of a path, and must be text');
    expect(await textOf({ id: 'a', q: { b: 1 } })).toContain('q: it is part of a query');
    expect(await textOf({ id: '\ud800' })).toContain('id: it is not well-formed Unicode');
    expect(await textOf({ id: 'a', other: 1 })).toContain('other: there is no such argument');
    expect(await textOf({ id: 'a', q: 'x'.repeat(9_000) })).toContain('more than 8000 characters');
  });

  it('hints at reading, replacing and deleting, unless the tool says otherwise', async () => {
    @Controller('notes')
    class Notes {
      @McpTool({ description: 'Reads' })
      @Get()
      read() {}
      @McpTool({ description: 'Deletes', annotations: { destructiveHint: false, title: 'X' } })
      @HttpCode(204)
      @Delete()
      remove() {}
      @McpTool({ description: 'Adds' })
      @Post()
      add() {}
    }
    const { url } = await routeApp(adapter, [Notes]);
    const hints = (await listTools(url)).map(({ annotations }) => annotations);
    expect(hints).toEqual([
      undefined,
      { readOnlyHint: true },
      { destructiveHint: false, title: 'X' },
    ]);
    expect((await call(url, 'remove')).result).toEqual(expect.objectContaining({ content: [] }));
  });
});
