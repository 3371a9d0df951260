import {
  Body,
  Controller,
  Get,
  Param,
  ParseArrayPipe,
  ParseIntPipe,
  Post,
  Put,
  Query,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Authenticated } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { call } from '../fixtures.js';
import { ADAPTERS, listTools, routeApp } from './route-app.js';

class Place {
  @IsString()
  @MaxLength(20)
  readonly city!: string;
}
class NewPerson {
  @ApiProperty({ description: 'Full name' })
  @IsString()
  @MaxLength(10)
  readonly name!: string;

  @IsOptional()
  @IsInt()
  readonly age?: number;

  @ValidateNested()
  @Type(() => Place)
  readonly home!: Place;
}
class Page {
  @IsInt()
  @Min(1)
  @Max(100)
  @Type(() => Number)
  readonly limit: number = 10;

  @IsOptional()
  @IsString()
  readonly word?: string;
}

@UsePipes(new ValidationPipe({ transform: true, whitelist: true }))
@Controller('people')
class People {
  @McpTool({ description: 'Adds a person' })
  @Post(':team')
  add(@Param('team', ParseIntPipe) team: number, @Body() person: NewPerson) {
    return { team, person, isInstance: person instanceof NewPerson };
  }

  @McpTool({ description: 'Finds people' })
  @Get()
  find(@Query() page: Page) {
    return { ...page };
  }

  @McpTool({ description: 'Adds people', route: { body: 'people' } })
  @Put()
  addAll(@Body(new ParseArrayPipe({ items: NewPerson })) people: NewPerson[]) {
    return { names: people.map(({ name }) => name) };
  }

  @McpTool({ description: 'Moves', input: Place, output: Place, route: {} })
  @Post('home/move')
  move(@Body() place: { city: string }) {
    return { ...place, secret: 1 };
  }

  // The access decorator of a route that is no tool is none of a lost entry.
  @Authenticated()
  @Get('health')
  health() {
    return {};
  }
}

const PLACE = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 20 } },
  required: ['city'],
};
const home = { city: 'Bern' };

describe.each(ADAPTERS)('A class with the decorators of class-validator, on %s', (adapter) => {
  it('describes the body of a route', async () => {
    const { url } = await routeApp(adapter, [People]);
    const tool = (await listTools(url)).find(({ name }) => name === 'add');
    expect(tool?.inputSchema).toEqual({
      type: 'object',
      properties: {
        team: { type: 'integer' },
        name: { type: 'string', maxLength: 10, description: 'Full name' },
        age: { type: 'integer' },
        home: { $ref: '#/$defs/Place' },
      },
      required: ['team', 'name', 'home'],
      additionalProperties: false,
      $defs: { Place: PLACE },
    });
    const input = { team: 7, name: 'Ada', age: 36, home };
    expect((await call(url, 'add', input)).result?.structuredContent).toEqual({
      team: 7,
      person: { name: 'Ada', age: 36, home },
      isInstance: true,
    });
  });

  it('is validated by the pipe of the route', async () => {
    const { url } = await routeApp(adapter, [People]);
    const { result } = await call(url, 'add', { team: 7, name: 'a'.repeat(11), home });
    expect(result).toMatchObject({ isError: true });
    expect(JSON.stringify(result)).toContain('name must be shorter than');
  });

  it('describes the query of a route', async () => {
    const { url } = await routeApp(adapter, [People]);
    const tool = (await listTools(url)).find(({ name }) => name === 'find');
    expect(tool?.inputSchema).toEqual({
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
        word: { type: 'string' },
      },
      additionalProperties: false,
    });
    expect((await call(url, 'find', { limit: 5 })).result?.structuredContent).toEqual({ limit: 5 });
    expect((await call(url, 'find', { limit: 0 })).result?.isError).toBe(true);
  });

  it('describes the items of a list, with the definitions of the whole input', async () => {
    const { url } = await routeApp(adapter, [People]);
    const tool = (await listTools(url)).find(({ name }) => name === 'addAll');
    expect(tool?.inputSchema.properties.people.items.properties.home).toEqual({
      $ref: '#/$defs/Place',
    });
    expect(tool?.inputSchema.$defs).toEqual({ Place: PLACE });
    const people = [{ name: 'Ada', home }];
    expect((await call(url, 'addAll', { people })).result?.structuredContent).toEqual({
      names: ['Ada'],
    });
  });

  it('may be the input and the output of the tool', async () => {
    const { url } = await routeApp(adapter, [People]);
    const tool = (await listTools(url)).find(({ name }) => name === 'move');
    expect(tool?.inputSchema).toMatchObject(PLACE);
    expect((await call(url, 'move', home)).result?.structuredContent).toEqual(home);
    const { result } = await call(url, 'move', { city: 'x'.repeat(21) });
    expect(result).toMatchObject({ isError: true });
    expect(JSON.stringify(result)).toContain('city');
  });
});
