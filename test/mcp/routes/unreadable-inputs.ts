import { Body, Controller, Delete, Get, Post, Query, type Type } from '@nestjs/common';
import { Type as TypeOf } from 'class-transformer';
import { IsString, ValidateNested } from 'class-validator';
import { Confirm } from '../../../src/mcp/authoring/confirm.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';

class Undescribed {}

@Controller('c')
class Confirmed {
  @Confirm('Sure?')
  @McpTool({ description: 'x' })
  @Delete()
  tool() {}
}

class Nested {
  @ValidateNested()
  @TypeOf(() => Undescribed)
  readonly inner!: Undescribed;
}
@Controller('c')
class NestedWithoutRules {
  @McpTool({ description: 'x' })
  @Post()
  tool(@Body() body: Nested) {
    return body;
  }
}

class Filter {
  @IsString()
  readonly word!: string;
}
class NestedQuery {
  @ValidateNested()
  @TypeOf(() => Filter)
  readonly filter!: Filter;
}
@Controller('c')
class ObjectInQuery {
  @McpTool({ description: 'x' })
  @Get()
  tool(@Query() query: NestedQuery) {
    return query;
  }
}
@Controller('c')
class InputWithoutRules {
  @McpTool({ description: 'x', input: Undescribed })
  @Post()
  tool(@Body() body: Undescribed) {
    return body;
  }
}

/** Controllers whose tools cannot be asked for or described, with a part of the message. */
export const UNREADABLE: readonly [Type, string][] = [
  [Confirmed, 'Confirmed.tool cannot be served: it has @Confirm(), and its route cannot ask'],
  [NestedWithoutRules, 'its input is the class Undescribed, which has no decorators'],
  [ObjectInQuery, 'its query has "filter", which is an object'],
  [InputWithoutRules, 'its input is the class Undescribed, which has no decorators'],
];
