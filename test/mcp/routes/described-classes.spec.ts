import {
  Body,
  Controller,
  Get,
  Param,
  ParseBoolPipe,
  ParseDatePipe,
  ParseEnumPipe,
  ParseFloatPipe,
  ParseIntPipe,
  ParseUUIDPipe,
  Post,
  Query,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { ADAPTER } from '../../support/adapters.js';
import { call } from '../fixtures.js';
import { listTools, routeApp } from './route-app.js';

/** Notes what `@ApiProperty()` of @nestjs/swagger notes. */
const ApiProperty =
  (options: object = {}): PropertyDecorator =>
  (prototype, name) => {
    const listed = Reflect.getMetadata('swagger/apiModelPropertiesArray', prototype) ?? [];
    const names = [...listed, `:${String(name)}`];
    Reflect.defineMetadata('swagger/apiModelPropertiesArray', names, prototype);
    const type: unknown = Reflect.getMetadata('design:type', prototype, name);
    Reflect.defineMetadata('swagger/apiModelProperties', { type, ...options }, prototype, name);
  };

/** Notes what `@ApiOperation()` and `@ApiQuery()` of @nestjs/swagger note. */
const Noted =
  (key: string, value: unknown): MethodDecorator =>
  (_prototype, _method, { value: handler }) =>
    Reflect.defineMetadata(key, value, handler as object);

enum Colour {
  Red = 'red',
  Blue = 'blue',
}
enum Level {
  Low,
  High,
}

class Author {
  @ApiProperty({ description: 'Full name' })
  readonly name!: string;
  @ApiProperty({ type: () => Author, required: false })
  readonly mentor?: Author;
}
class NewNote {
  @ApiProperty({ minLength: 1, maxLength: 100, description: 'Its text' })
  readonly text!: string;
  @ApiProperty({ required: false, enum: ['red', 'blue'], type: 'string', default: 'red' })
  readonly colour?: Colour;
  @ApiProperty({ type: String, isArray: true, required: false })
  readonly tags?: string[];
  @ApiProperty({ type: 'array', isArray: true, items: { type: 'string', enum: ['a'] } })
  readonly kinds!: string[];
  @ApiProperty({ type: () => Author, nullable: true })
  readonly author!: Author | null;
}

@Controller('notes')
class Notes {
  @Noted('swagger/apiOperation', { summary: 'Add a note', description: 'Adds a note for today.' })
  @McpTool({ route: {} })
  @Post()
  add(@Body() note: NewNote) {
    return note;
  }

  @Noted('swagger/apiOperation', { summary: 'Finds notes' })
  @Noted('swagger/apiParameters', [
    { name: 'q', in: 'query', required: true, description: 'Words', type: String },
    { name: 'id', in: 'path', required: true, description: 'Folder' },
  ])
  @McpTool({ route: {} })
  @Get(':id')
  find(@Param('id') id: string, @Query('q') q: string) {
    return [id, q];
  }

  @McpTool({ description: 'Every pipe' })
  @Get('pipes/:id')
  pipes(
    @Param('id', ParseUUIDPipe) id: string,
    @Query('colour', new ParseEnumPipe(Colour)) colour: Colour,
    @Query('level', new ParseEnumPipe(Level, { optional: true })) level: Level,
    @Query('on', ParseBoolPipe) on: boolean,
    @Query('share', ParseFloatPipe) share: number,
    @Query('day', new ParseDatePipe()) day: Date,
    @Query('page', new ParseIntPipe({ optional: true })) page: number,
    @Query('limit') limit: number,
  ) {
    return { id, colour, level, on, share, day, page, limit };
  }
}

describe('The input of a route', () => {
  it('is described by @ApiProperty() of the class of the body', async () => {
    const { url } = await routeApp(ADAPTER, [Notes]);
    const tool = (await listTools(url)).find(({ name }) => name === 'add');
    expect(tool).toMatchObject({ title: 'Add a note', description: 'Adds a note for today.' });
    expect(tool?.inputSchema).toEqual({
      type: 'object',
      properties: {
        text: { type: 'string', minLength: 1, maxLength: 100, description: 'Its text' },
        colour: { type: 'string', enum: ['red', 'blue'], default: 'red' },
        tags: { type: 'array', items: { type: 'string' } },
        kinds: { type: 'array', items: { type: 'string', enum: ['a'] } },
        author: {
          anyOf: [
            {
              type: 'object',
              properties: {
                name: { type: 'string', description: 'Full name' },
                mentor: { type: 'object' },
              },
              required: ['name'],
            },
            { type: 'null' },
          ],
        },
      },
      required: ['text', 'kinds', 'author'],
      additionalProperties: false,
    });
    const note = { text: 'a', kinds: ['a'], author: { name: 'b' }, tags: ['c'] };
    expect((await call(url, 'add', note)).result?.structuredContent).toEqual(note);
  });

  it('is described by @ApiQuery() and @ApiParam() of the handler', async () => {
    const { url } = await routeApp(ADAPTER, [Notes]);
    const tool = (await listTools(url)).find(({ name }) => name === 'find');
    expect(tool).toMatchObject({ description: 'Finds notes' });
    expect(tool).not.toHaveProperty('title');
    expect(tool?.inputSchema).toMatchObject({
      properties: {
        id: { type: 'string', description: 'Folder' },
        q: { type: 'string', description: 'Words' },
      },
      required: ['id', 'q'],
    });
  });

  it('is described by the pipes and the types of the parameters', async () => {
    const { url } = await routeApp(ADAPTER, [Notes]);
    const tool = (await listTools(url)).find(({ name }) => name === 'pipes');
    expect(tool?.inputSchema.properties).toEqual({
      id: { type: 'string', format: 'uuid' },
      colour: { enum: ['red', 'blue'] },
      level: { enum: [0, 1] },
      on: { type: 'boolean' },
      share: { type: 'number' },
      day: { type: 'string', format: 'date-time' },
      page: { type: 'integer' },
      limit: { type: 'number' },
    });
    expect(tool?.inputSchema.required).toEqual(['id', 'colour', 'on', 'share', 'day']);
    const id = '7a0ad9b6-6a4c-4a3c-8a35-1f1f0f7a1b11';
    const day = '2026-01-02T00:00:00.000Z';
    const input = { id, colour: 'blue', on: true, share: 0.5, day, limit: 5 };
    const { result } = await call(url, 'pipes', input);
    expect(result?.structuredContent).toMatchObject({ id, colour: 'blue', on: true, share: 0.5 });
  });
});
