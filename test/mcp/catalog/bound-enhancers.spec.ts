import {
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  createParamDecorator,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import nest from '@nestjs/core/package.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { UnboundEnhancerError } from '../../../src/mcp/mcp.errors.js';
import { call, mcpApp, boot } from '../fixtures.js';

@Injectable()
class Guard implements CanActivate {
  canActivate() {
    return false;
  }
}
class Interceptor implements NestInterceptor {
  intercept: NestInterceptor['intercept'] = (_, next) => next.handle();
}
class Pipe implements PipeTransform {
  transform(value: unknown) {
    return value;
  }
}
class Filter implements ExceptionFilter {
  catch() {}
}

const enhancers: [string, ClassDecorator & MethodDecorator][] = [
  ['Guard', UseGuards(Guard)],
  ['Interceptor', UseInterceptors(Interceptor)],
  ['Pipe', UsePipes(Pipe)],
  ['Filter', UseFilters(Filter)],
];

function onMethod(enhancer: MethodDecorator): Type<object> {
  class Tools {
    @enhancer
    @McpTool({ description: 'Enhanced' })
    tool() {
      return 'ran';
    }
  }
  return Tools;
}

function onClass(enhancer: ClassDecorator): Type<object> {
  @enhancer
  class Tools {
    @McpTool({ description: 'Enhanced' })
    tool() {
      return 'ran';
    }
  }
  return Tools;
}

const hosts: [string, (type: Type<object>) => object][] = [
  ['useFactory', (type) => ({ provide: 'TOOLS', useFactory: () => new type() })],
  ['useFactory under the class', (type) => ({ provide: type, useFactory: () => new type() })],
  ['useValue', (type) => ({ provide: type, useValue: new type() })],
];

describe.each(hosts)('a host from %s', (_, provide) => {
  it.each(enhancers)('stops the boot where Nest would skip a %s of a method', async (name, use) => {
    const booting = boot([provide(onMethod(use))]);
    await expect(booting).rejects.toThrow(UnboundEnhancerError);
    await expect(booting).rejects.toThrow(`${name} on Tools.tool would never run`);
    await expect(booting).rejects.toThrow('Provide the class itself.');
  });

  it.each(enhancers)(
    'stops the boot where Nest would skip a %s of the class',
    async (name, use) => {
      await expect(boot([provide(onClass(use))])).rejects.toThrow(
        `${name} on Tools.tool would never run`,
      );
    },
  );

  it('works without enhancers', async () => {
    const { url } = await mcpApp([provide(onMethod(() => undefined))]);
    expect((await call(url, 'tool')).text).toBe('ran');
  });

  it('works with an enhancer that is an instance, which really runs', async () => {
    const { url } = await mcpApp([provide(onMethod(UseGuards(new Guard())))]);
    expect((await call(url, 'tool')).text).toBe('Forbidden resource');
  });

  it('stops the boot where Nest would skip a pipe of a parameter', async () => {
    const Name = createParamDecorator(() => 'name');
    class Tools {
      @McpTool({ description: 'Takes a parameter' })
      tool(@Name(Pipe) name: string) {
        return name;
      }
    }
    await expect(boot([provide(Tools)])).rejects.toThrow('Pipe on Tools.tool would never');
  });
});

it('a guard of a class under another token runs, or stops the boot where Nest would skip it', async () => {
  const host = { provide: 'TOOLS', useClass: onMethod(UseGuards(Guard)) };
  const [major = 0, minor = 0] = nest.version.split('.').map(Number);
  if (major < 12 || (major === 12 && minor < 2)) {
    await expect(boot([host])).rejects.toThrow(
      'Guard on Tools.tool would never run: Tools is provided under another token, where Nest binds enhancers from 12.2 on only. Provide the class itself.',
    );
    return;
  }
  const { url } = await mcpApp([host]);
  expect((await call(url, 'tool')).text).toBe('Forbidden resource');
});

it('a guard runs that another provider of the module has bound', async () => {
  class Tools {
    @UseGuards(Guard)
    @McpTool({ description: 'Enhanced' })
    tool() {
      return 'ran unguarded';
    }
  }
  @Injectable()
  class Elsewhere {
    @UseGuards(Guard)
    @McpTool({ description: 'Binds the guard to the module' })
    other() {}
  }
  const { url } = await mcpApp([
    { provide: Tools, useFactory: () => ({ tool: () => 'ran' }) },
    Elsewhere,
  ]);
  expect((await call(url, 'tool')).text).toBe('Forbidden resource');
});
