import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { McpModule, McpTool, Public } from '../../../src/index.js';
import { InvalidHandlerError } from '../../../src/mcp/mcp.errors.js';
import { boot, call, mcpApp } from '../fixtures.js';
import type { Address } from './dto-classes.js';

describe('A class that cannot be described', () => {
  class Bare {
    name!: string;
  }
  class Untyped {
    @IsOptional()
    @IsArray()
    @ValidateNested({ each: true })
    list?: Address[];
  }
  class WithBare {
    @ValidateNested()
    @Type(() => Bare)
    bare!: Bare;
  }

  it.each<[string, new () => object, string]>([
    ['no rules', Bare, 'its input is the class Bare, which has no decorators of class-validator.'],
    [
      'a list of nobody knows what',
      Untyped,
      'its input has the field Untyped.list, whose class is',
    ],
    ['a nested class without rules', WithBare, 'its input is the class Bare, which has no decor'],
  ])('stops the boot: %s', async (_what, input, message) => {
    class Broken {
      @McpTool({ description: 'Broken', input })
      tool() {}
    }
    const booting = boot([Broken]);
    await expect(booting).rejects.toThrow(InvalidHandlerError);
    await expect(booting).rejects.toThrow(`Broken.tool cannot be served: ${message}`);
  });
});

it('two servers validate the same class by options of their own', async () => {
  class Text {
    @IsString()
    text!: string;
  }
  @Public()
  class Echo {
    @McpTool({ description: 'Echoes', input: Text })
    echo(input: Text) {
      return { ...input };
    }
  }
  const open = McpModule.forRoot({
    name: 'open',
    version: '1.0.0',
    path: 'open',
    validation: { whitelist: false },
  });
  const { url } = await mcpApp([Echo], { metadata: { imports: [open] } });
  const args = { text: 'hi', more: 1 };
  const echo = async (at: string) => (await call(at, 'echo', args)).result?.structuredContent;
  expect(await echo(url)).toEqual({ text: 'hi' });
  expect(await echo(url.replace(/mcp$/, 'open'))).toEqual(args);
  expect(await echo(url)).toEqual({ text: 'hi' });
});
